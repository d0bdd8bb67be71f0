import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { createGameMetrics } from '../../src/index.js';
import { packageFile } from '../../src/util/paths.js';

/** Disables a safeguard in a copy of the build by a replacement in one file. */
interface Mutation {
  readonly file: string;
  readonly from: string | RegExp;
  readonly to: string;
}

const mutations = {
  claim: {
    file: 'sql/queries/advance_offset.sql',
    from: 'AND epoch = $4 AND next_offset = $5',
    to: 'AND ($4::bigint, $5::bigint) IS NOT NULL',
  },
  ledger: {
    file: 'sql/queries/insert_statistics_ledger.sql',
    from: /^INSERT[^]*$/m,
    to: `WITH noted AS (
           INSERT INTO statistics_ledger SELECT * FROM unnest($1::uuid[], $2::text[])
           ON CONFLICT DO NOTHING)
         SELECT event_id, player_id FROM unnest($1::uuid[], $2::text[]) AS e (event_id, player_id)`,
  },
  anchor: {
    file: 'dist/pipeline/consumers/loop/anchor.js',
    from: 'return hash.digest().subarray(0, 8);',
    to: 'return Buffer.alloc(8);',
  },
  marker: {
    file: 'sql/redis/project.lua',
    from: 'if batch then\n  if',
    to: 'if false then\n  if',
  },
} as const satisfies Record<string, Mutation>;

export type MutantName = keyof typeof mutations;

export const mutants = Object.keys(mutations) as MutantName[];

/** The harness of a build with a disabled safeguard. Disposing of it deletes the build. */
export interface MutantRoles extends AsyncDisposable {
  readonly createGameMetrics: typeof createGameMetrics;
}

/**
 * Copies the build, without its dependencies, and disables a safeguard in the copy.
 * @param load imports a module by its URL
 */
export async function mutantRoles(
  name: MutantName,
  load: (url: string) => Promise<unknown> = async (url) => import(/* @vite-ignore */ url),
): Promise<MutantRoles> {
  const root = mkdtempSync(join(tmpdir(), `gamemetrics-mutant-${name}-`));
  for (const part of ['dist', 'bin', 'sql', 'package.json', 'oclif.manifest.json']) {
    cpSync(packageFile(part), join(root, part), { recursive: true });
  }
  symlinkSync(packageFile('node_modules'), join(root, 'node_modules'));
  const { file, from, to } = mutations[name];
  const text = readFileSync(join(root, file), 'utf8');
  const mutated = text.replace(from, () => to);
  if (mutated === text) throw new Error(`${file} no longer has this safeguard`);
  writeFileSync(join(root, file), mutated);
  const harness = pathToFileURL(join(root, 'dist/index.js')).href;
  const module = (await load(harness)) as Pick<
    typeof import('../../src/index.js'),
    'createGameMetrics'
  >;
  return {
    createGameMetrics: module.createGameMetrics,
    [Symbol.asyncDispose]: () => {
      rmSync(root, { recursive: true, force: true });
      return Promise.resolve();
    },
  };
}
