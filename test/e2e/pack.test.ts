import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import typescript from 'typescript';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { packageFile } from '../../src/util/paths.js';

const execute = promisify(execFile);

/** A user's test: it does not compile where the type of a client resolves to any. */
const userFile = `
import { createGameMetrics, type GameMetrics } from 'gamemetrics';

type IsAny<T> = 0 extends 1 & T ? true : false;
type Clients = Pick<GameMetrics, 'kafka' | 'postgres' | 'redis'>;

export const isAny: { [Name in keyof Clients]: IsAny<Clients[Name]> } = {
  kafka: false,
  postgres: false,
  redis: false,
};

await using gm = await createGameMetrics({ stack: 'embedded' });
const { rows } = await gm.postgres.query<{ stored: number }>('SELECT 1 AS stored');
export const stored: number | undefined = rows[0]?.stored;
export const score: string | null = await gm.redis.zscore('leaderboard', 'player-1');
export const topics: string[] = await gm.kafka.admin().listTopics();
`;

const compilerOptions = {
  strict: true,
  skipLibCheck: false,
  noEmit: true,
  module: 'nodenext',
  target: 'es2023',
  lib: ['es2023', 'esnext.disposable'],
};

/** What a user has: an empty folder in which the package and a compiler were installed. */
let folder: string;
let tarball: string;

/** Runs a command in the user's folder. @throws with what it printed, where it fails */
async function run(command: string, ...args: readonly string[]): Promise<string> {
  try {
    return (await execute(command, args, { cwd: folder })).stdout;
  } catch (error) {
    const { message, stdout } = error as Error & { readonly stdout?: string };
    throw new Error(`${message}\n${stdout ?? ''}`, { cause: error });
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gamemetrics-pack-'));
  // The build is there already, and another test may be using it.
  await run('npm', 'pack', '--ignore-scripts', packageFile('.'));
  const [name = ''] = readdirSync(folder);
  expect(name).toMatch(/^gamemetrics-.*\.tgz$/);
  tarball = join(folder, name);
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  await run('npm', 'install', '--prefer-offline', tarball, `typescript@${typescript.version}`);
}, 300_000);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

it('the packed package works after an installation in another folder', async () => {
  const args = ['demo', '--count', '100', '--rate', '0', '--json'];
  const printed = await run('node_modules/.bin/gamemetrics', ...args);
  expect(JSON.parse(printed)).toMatchObject({ stored: 100, report: { ok: true } });
});

it('resolves every type that it exports, including those of the clients', async () => {
  writeFileSync(join(folder, 'user.ts'), userFile);
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  await run('node_modules/.bin/tsc');
});

it('passes publint and attw', async () => {
  await run(packageFile('node_modules/.bin/publint'), 'run', '--strict', tarball);
  await run(packageFile('node_modules/.bin/attw'), '--profile', 'esm-only', tarball);
});
