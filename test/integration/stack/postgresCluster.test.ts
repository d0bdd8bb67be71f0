import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { findPostgresBinaries } from '../../../src/stack/embedded/postgresBinaries.js';
import { initialiseCluster, type Cluster } from '../../../src/stack/embedded/postgresCluster.js';
import { accountForServer } from '../../../src/stack/embedded/unprivileged.js';
import { until } from '../../support/until.js';

let directory: string;
let cluster: Cluster;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'gamemetrics-cluster-'));
  const binaries = await findPostgresBinaries(join(directory, 'links'));
  const account = accountForServer(process.env);
  const env = { ...process.env, ...binaries.env };
  const { signal } = new AbortController();
  cluster = { data: join(directory, 'data'), binaries, account, env, signal };
});

afterAll(() => {
  rmSync(directory, { recursive: true, maxRetries: 10 });
});

it('a cluster is created while an abandoned one is still being removed', async () => {
  const given = new AbortController();
  const first = initialiseCluster({ ...cluster, signal: given.signal });
  const started = () => readdirSync(directory).find((name) => name.includes('.unfinished-'));
  await until(() => existsSync(join(directory, started() ?? 'none', 'PG_VERSION')));
  given.abort();
  await expect(first).rejects.toThrow();
  await initialiseCluster(cluster);
  const version = readFileSync(join(cluster.data, 'PG_VERSION'), 'utf8').trim();
  expect(version).toBe(cluster.binaries.majorVersion);
});
