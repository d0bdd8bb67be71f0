import { readFileSync } from 'node:fs';

import type { Redis } from 'ioredis';

import { packageFile } from '../../util/paths.js';

/** The outcome of a write to a projection; see sql/redis/project.lua. */
export type ProjectionOutcome = 'ok' | 'behind' | 'fenced';

/** ioredis with the commands that {@link scripts} defines. */
export interface ScriptedRedis extends Redis {
  project(key: string, writer: string, writes: string, aheadMs: string): Promise<ProjectionOutcome>;
  markProjection(key: string, ...values: string[]): Promise<'ok' | 'fenced'>;
}

/** The scripts of sql/redis/, as ioredis takes them: one command each. */
export const scripts = {
  project: { lua: readScript('project'), numberOfKeys: 1 },
  markProjection: { lua: readScript('mark_projection'), numberOfKeys: 1 },
};

function readScript(name: string): string {
  return readFileSync(packageFile(`sql/redis/${name}.lua`), 'utf8');
}
