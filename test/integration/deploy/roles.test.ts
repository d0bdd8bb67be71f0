import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { afterAll, beforeAll, expect, it } from 'vitest';

import type { GameMetrics } from '../../../src/index.js';
import { packageFile } from '../../../src/util/paths.js';
import { containerOf, readManifests, type Container } from '../../support/manifests.js';
import { createPipeline, describePipeline } from '../../support/pipeline.js';

/** The environment of a pod's container: envFrom first, since env overrides it. */
function environmentOf({ env = [], envFrom }: Container): Record<string, string> {
  const sources: Readonly<Record<string, Record<string, string>>> = {
    'gamemetrics-config': valuesOf('base/config.yaml', 'data'),
    'gamemetrics-credentials': valuesOf('overlays/development/secret.yaml', 'stringData'),
  };
  const named = envFrom.map((from) => from.configMapRef?.name ?? from.secretRef?.name ?? '');
  for (const name of named) if (sources[name] === undefined) throw new Error(`no ${name}`);
  const own = Object.fromEntries(env.map(({ name, value }) => [name, value]));
  return Object.assign({}, ...named.map((name) => sources[name]), own) as Record<string, string>;
}

function valuesOf(file: string, field: string): Record<string, string> {
  return readManifests(file)[0]?.[field] as Record<string, string>;
}

/** The same variables with local addresses; only the location of the test's data is added. */
function withLocalAddresses(
  env: Record<string, string>,
  { endpoints }: GameMetrics,
): Record<string, string> {
  const { kafka, postgres, redis, namespace } = endpoints;
  const addresses: Record<string, string> = {
    KAFKA_BOOTSTRAP_SERVERS: kafka.brokers.join(','),
    DB_HOST: postgres.host,
    DB_PORT: String(postgres.port),
    DB_NAME: postgres.database,
    DB_USER: postgres.user,
    DB_PASSWORD: postgres.password,
    REDIS_HOST: redis.host,
    REDIS_PORT: String(redis.port),
    GAMEMETRICS_HTTP_HOST: '127.0.0.1',
    GAMEMETRICS_HTTP_PORT: '0',
  };
  const replaced = Object.entries(env).map(([name, value]) => [name, addresses[name] ?? value]);
  return { ...Object.fromEntries(replaced), GAMEMETRICS_NAMESPACE: namespace } as Record<
    string,
    string
  >;
}

function start(container: Container, gm: GameMetrics): ChildProcess {
  return spawn(process.execPath, [packageFile('bin/run.js'), ...container.args], {
    env: withLocalAddresses(environmentOf(container), gm),
    stdio: ['ignore', 'inherit', 'ignore', 'ipc'],
  });
}

describePipeline('a pod of each manifest, configured only by its environment', () => {
  let gm: GameMetrics;

  beforeAll(async () => {
    gm = await createPipeline({ roles: 'none' });
  });
  afterAll(async () => {
    await gm.stop();
  });

  it('runs the migrations', async () => {
    const [job] = readManifests('base/migrate.yaml');
    if (job === undefined) throw new Error('no job');
    const [code] = (await once(start(containerOf(job), gm), 'exit')) as [number | null];
    expect(code).toBe(0);
  });

  it.each([
    'event-ingestion',
    'event-consumer-logger',
    'event-consumer-stats',
    'event-consumer-leaderboard',
    'event-consumer-dead-letter',
  ])('%s answers its probes and stops cleanly on SIGTERM', async (service) => {
    const [deployment] = readManifests(`services/${service}/deployment.yaml`);
    if (deployment === undefined) throw new Error('no deployment');
    const container = containerOf(deployment);
    const child = start(container, gm);
    const exited = once(child, 'exit') as Promise<[number | null]>;
    try {
      const [ready] = (await Promise.race([
        once(child, 'message'),
        exited.then(([code]) => {
          throw new Error(`it exited with ${code}`);
        }),
      ])) as [{ url: string }];
      for (const probe of [container.livenessProbe, container.readinessProbe]) {
        const answer = await fetch(`${ready.url}${probe?.httpGet.path ?? '/missing'}`);
        expect(answer.status).toBe(200);
      }
    } finally {
      child.kill('SIGTERM');
    }
    expect(await exited).toEqual([0, null]);
  });
});
