import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';

import { fixOf } from '../../../src/app/exits.js';
import { databaseUrl, redisUrl } from '../../../src/config/endpoints.js';
import { environment } from '../../../src/config/environment.js';
import {
  readInstance,
  stopInstance,
  type Instance,
  type InstanceState,
} from '../../../src/stack/index.js';
import { acquireLock } from '../../../src/stack/instance/lock.js';
import { readPorts } from '../../../src/stack/instance/ports.js';
import { connectionError } from '../../../src/stack/network.js';
import { Failure } from '../../../src/util/failure.js';
import {
  killNow,
  launchServers,
  livingProcesses,
  makeHome,
  startScript,
  startServers,
  testHome,
  until,
} from './support/instances.js';

async function query(instance: Instance, sql: string): Promise<unknown[]> {
  const client = new pg.Client(databaseUrl(instance.endpoints.postgres));
  // The interrupted query reports a lost connection.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function redis<T>(instance: Instance, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(redisUrl(instance.endpoints.redis));
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}

function failureOf(starting: Promise<unknown>): Promise<Failure> {
  return starting.then(
    () => {
      throw new Error('it started');
    },
    (error: unknown) => {
      if (error instanceof Failure) return error;
      throw error;
    },
  );
}

/** Simulates a `down --wipe` that was killed while it removed the data. @returns the remaining path */
function interruptedWipe(home: string): string {
  const wiped = join(home, 'test.wiped-4711');
  mkdirSync(join(wiped, 'postgres'), { recursive: true });
  return wiped;
}

function pidOf(state: InstanceState, name: string): number {
  return state.processes.find((process) => process.name === name)?.pid ?? Number.NaN;
}

function phaseOf(instance: Instance, name: string): string | undefined {
  return instance.state().processes.find((process) => process.name === name)?.state;
}

describe('the embedded servers', () => {
  it('keep data and ports across a stop, after which no process is running', async () => {
    const home = testHome();
    const first = await startServers(home);
    await query(first, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await redis(first, (client) => client.set('kept', '42'));
    const before = first.state();
    expect(livingProcesses(before)).toEqual(['broker', 'postgres', 'redis']);
    await first.stop();
    expect(livingProcesses(before)).toEqual([]);
    expect(readInstance(home, 'test')).toBeUndefined();

    const second = await startServers(home);
    expect(second.endpoints).toEqual(first.endpoints);
    expect(await query(second, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    expect(await redis(second, (client) => client.get('kept'))).toBe('42');
  });

  it('do not outlive a killed supervisor, and the next start removes its leftovers', async () => {
    const home = testHome();
    const { child, line } = await startScript('superviseServers.js', [home]);
    const state = JSON.parse(line) as InstanceState;
    expect(livingProcesses(state)).toEqual(['broker', 'postgres', 'redis']);
    await killNow(child);
    await until(() => livingProcesses(state).length === 0, patienceMs);
    expect(readInstance(home, 'test')?.status).toBe('crashed');
    const wiped = interruptedWipe(home);

    const instance = await startServers(home);
    expect(instance.endpoints).toEqual(state.endpoints);
    expect(instance.state().supervisor.pid).toBe(process.pid);
    expect(existsSync(wiped)).toBe(false);
  });

  it('can be stopped and wiped by another process', async () => {
    const home = testHome();
    const { child, line } = await startScript('superviseServers.js', [home]);
    const state = JSON.parse(line) as InstanceState;
    // The script has no handler for SIGTERM, so it ends as if it crashed.
    const result = await stopInstance(home, 'test', {
      wipe: true,
      timeoutMs: 10_000,
      env: process.env,
    });
    expect(result).toEqual({ outcome: 'stopped', wiped: true });
    expect(child.signalCode ?? child.exitCode).not.toBeNull();
    expect(livingProcesses(state)).toEqual([]);
    expect(existsSync(join(home, 'test'))).toBe(false);
    const wiped = interruptedWipe(home);
    const again = await stopInstance(home, 'test', {
      wipe: true,
      timeoutMs: 10_000,
      env: process.env,
    });
    expect(again).toEqual({ outcome: 'was-not-running', wiped: false });
    expect(existsSync(wiped)).toBe(false);
  });

  it('are cleaned up by one process at a time, and another one waits for it', async () => {
    const home = testHome();
    const directory = join(home, 'test');
    mkdirSync(directory);
    const other = await acquireLock(directory, 'stop');
    const options = { wipe: false, timeoutMs: 10_000, env: process.env };
    const stopping = stopInstance(home, 'test', options);
    if (other.acquired) other.release();
    expect(await stopping).toEqual({ outcome: 'was-not-running', wiped: false });
  });

  it('leave no files of an ephemeral instance', async () => {
    const instance = await startServers('', { ephemeral: true });
    const state = instance.state();
    await instance.stop();
    expect(livingProcesses(state)).toEqual([]);
    expect(existsSync(instance.home)).toBe(false);
  });

  it('leave no files or processes after an interrupted start', async () => {
    const home = testHome();
    const interruption = new AbortController();
    const starting = startServers(home, {
      signal: interruption.signal,
      report: (event) => {
        if (event.type === 'ready') interruption.abort();
      },
    });
    expect((await failureOf(starting)).code).toBe('interrupted');
    expect(readInstance(home, 'test')).toBeUndefined();
    await startServers(home);
  });
});

/** Longer than any step takes: these tests do not measure speed. */
const patienceMs = 30_000;

describe('running servers', () => {
  let home: string;
  let instance: Instance;
  beforeAll(async () => {
    home = makeHome();
    instance = await launchServers(home);
  });
  afterAll(async () => {
    await instance.stop();
    rmSync(home, { recursive: true, force: true });
  });

  it('have the settings that clients expect, and grant no client superuser rights', async () => {
    const [row] = await query(
      instance,
      `SELECT current_setting('server_encoding') AS encoding, current_setting('TimeZone') AS zone,
         current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit,
         (SELECT datcollate FROM pg_database WHERE datname = current_database()) AS collation,
         (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser`,
    );
    expect(row).toEqual({
      encoding: 'UTF8',
      zone: 'UTC',
      fsync: 'on',
      commit: 'on',
      collation: 'C',
      superuser: false,
    });
    const { host, port } = instance.endpoints.postgres;
    const asSuperuser = new pg.Client({ host, port, user: 'postgres', password: 'postgres' });
    await expect(asSuperuser.connect()).rejects.toMatchObject({ code: '28P01' });
    const settings = await redis(instance, (client) => client.config('GET', 'append*'));
    expect(settings).toEqual(expect.arrayContaining(['appendonly', 'yes', 'everysec']));
    expect(await redis(instance, (client) => client.config('GET', 'maxmemory-policy'))).toEqual([
      'maxmemory-policy',
      'noeviction',
    ]);
  });

  it('write files that belong to their user, even if the server itself would not', () => {
    const folder = join(home, 'test', 'redis', 'appendonlydir');
    const modes = readdirSync(folder).map((file) => statSync(join(folder, file)).mode & 0o777);
    expect(new Set(modes)).toEqual(new Set([0o600]));
  });

  it.each(['broker', 'postgres', 'redis'])('recover %s on its port after kill -9', async (name) => {
    await query(instance, 'CREATE TABLE IF NOT EXISTS kept AS SELECT 42 AS answer');
    const before = instance.state();
    process.kill(pidOf(before, name), 'SIGKILL');
    const isBack = () => {
      const now = instance.state().processes.find((each) => each.name === name);
      return now?.state === 'ready' && now.pid !== pidOf(before, name);
    };
    await until(isBack, patienceMs);
    expect(instance.state().processes.find((each) => each.name === name)).toMatchObject({
      restarts: 1,
      lastExit: 'signal SIGKILL',
      url: before.processes.find((each) => each.name === name)?.url,
    });
    expect(await query(instance, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('recover postgres although a query of the killed one is still running', async () => {
    // For minutes, the query does nothing that would detect the exit of the main process.
    const endless = query(
      instance,
      'SELECT count(*) FROM (SELECT generate_series(1, 2000000000) OFFSET 0) AS numbers',
    );
    endless.catch(() => undefined);
    const active = `SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT count%'`;
    await vi.waitUntil(async () => (await query(instance, active)).length === 1);
    process.kill(pidOf(instance.state(), 'postgres'), 'SIGKILL');
    await until(() => phaseOf(instance, 'postgres') !== 'ready', patienceMs);
    await until(() => phaseOf(instance, 'postgres') === 'ready', patienceMs);
    await expect(endless).rejects.toThrow();
    expect(await query(instance, active)).toEqual([]);
  });

  it('are not started a second time', async () => {
    const failure = await failureOf(startServers(home));
    expect(failure.message).toBe(`instance "test" already runs (pid ${process.pid})`);
    const { host, port } = instance.endpoints.redis;
    expect(await connectionError(host, port, 1000)).toBeUndefined();
  });
});

describe('a start', () => {
  it('uses another port if a process takes one just before its server does', async () => {
    const home = testHome();
    const thief = createServer((socket) => socket.destroy());
    onTestFinished(() => void thief.close());
    const notices: string[] = [];
    const instance = await startServers(home, {
      report: (event) => {
        if (event.type === 'notice') notices.push(event.text);
        if (event.type !== 'starting' || event.process !== 'redis' || thief.listening) return;
        // The port has just been freed for Redis.
        thief.listen(readPorts(join(home, 'test'))['redis'], '127.0.0.1');
      },
    });
    const { port } = thief.address() as { port: number };
    expect(notices).toEqual([
      `port ${port} was taken by another process`,
      expect.stringMatching(`^port ${port} is in use, so redis uses \\d+$`),
    ]);
    expect(instance.endpoints.redis.port).not.toBe(port);
    expect(await redis(instance, (client) => client.ping())).toBe('PONG');
  });
});

describe('a start that cannot succeed', () => {
  it('reports data of another version, and the fix', async () => {
    const home = testHome();
    await (await startServers(home)).stop();
    const version = join(home, 'test', 'postgres', 'data', 'PG_VERSION');
    expect(readFileSync(version, 'utf8').trim()).toBe('18');
    writeFileSync(version, '16\n');
    const failure = await failureOf(startServers(home));
    expect(failure.code).toBe('data_unusable');
    expect(failure.message).toContain('written by PostgreSQL 16, but this is PostgreSQL 18');
    expect(fixOf(failure)).toContain('gamemetrics down --wipe');
    expect(readInstance(home, 'test')).toBeUndefined();
  });

  it('reports the command that installs a missing Redis', async () => {
    const env = { ...environment(), PATH: '/nowhere' };
    const failure = await failureOf(startServers(testHome(), { env }));
    expect(failure.code).toBe('service_failed');
    expect(failure.message).toBe('there is no redis-server or valkey-server on this machine');
    expect(failure.cure).toMatch(/^Install one: /);
  });

  it('reports immediately which process uses a requested port', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const begin = performance.now();
    const failure = await failureOf(startServers(testHome(), { roles: 'children', port }));
    expect(performance.now() - begin).toBeLessThan(1000);
    expect(failure.code).toBe('invalid_argument');
    expect(failure.message).toContain(`port ${port} is in use`);
    expect(failure.message).toContain(`pid ${process.pid}`);
    server.close();
  });

  it('reports each unavailable external service and its variables', async () => {
    const env = {
      ...environment(),
      KAFKA_BOOTSTRAP_SERVERS: '127.0.0.1:1',
      DATABASE_URL: 'postgres://gamemetrics:secret@127.0.0.1:2/gamemetrics',
      REDIS_URL: 'redis://127.0.0.1:3',
    };
    const failure = await failureOf(startServers(testHome(), { env, stack: 'auto' }));
    expect(failure.code).toBe('external_unusable');
    for (const address of ['127.0.0.1:1', '127.0.0.1:2', '127.0.0.1:3']) {
      expect(failure.message).toContain(`${address} (connection refused)`);
    }
    expect(failure.message).not.toContain('secret');
    expect(fixOf(failure)).toContain('KAFKA_BOOTSTRAP_SERVERS');
  });
});
