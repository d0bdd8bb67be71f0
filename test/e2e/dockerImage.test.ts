import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, cpSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createGameMetrics, type GameMetrics } from '../../src/index.js';
import { docker, missingDocker } from '../support/docker.js';
import { until } from '../support/until.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const id = randomBytes(4).toString('hex');
const base = `gamemetrics-test-node:${id}`;
const image = `gamemetrics-test:${id}`;
const buildMs = 8 * 60_000;

function npm(...args: string[]): string {
  return spawnSync('npm', args, { encoding: 'utf8' }).stdout.trim();
}

/**
 * A base image with the Node.js and npm of this machine and the certificates that npm trusts, for an
 * engine that cannot pull images.
 */
function buildBase(): void {
  const context = mkdtempSync(join(tmpdir(), 'gamemetrics-image-'));
  try {
    copyFileSync(realpathSync(process.execPath), join(context, 'node'));
    const [cli] = spawnSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).stdout.split(
      '\n',
    );
    cpSync(dirname(dirname(realpathSync(cli ?? ''))), join(context, 'npm'), { recursive: true });
    const certificates = npm('config', 'get', 'cafile');
    const trusted = certificates !== '' && certificates !== 'null';
    if (trusted) copyFileSync(certificates, join(context, 'trusted.pem'));
    const lines = [
      `FROM ${process.env['GAMEMETRICS_TEST_BASE_IMAGE'] ?? 'redis:8.2'}`,
      'COPY node /usr/local/bin/node',
      'COPY npm /usr/local/lib/npm',
      'RUN ln -s ../lib/npm/bin/npm-cli.js /usr/local/bin/npm',
      ...(trusted
        ? ['COPY trusted.pem /etc/trusted.pem', 'ENV NPM_CONFIG_CAFILE=/etc/trusted.pem']
        : []),
      'ENTRYPOINT []',
    ];
    writeFileSync(join(context, 'Dockerfile'), `${lines.join('\n')}\n`);
    docker('build', '--quiet', '--tag', base, context);
  } finally {
    rmSync(context, { recursive: true });
  }
}

function buildImage(): void {
  docker(
    ...['build', '--quiet', '--network=host', '--force-rm', '--tag', image],
    ...['--file', join(root, 'deploy', 'Dockerfile'), '--build-arg', `NODE_IMAGE=${base}`],
    ...['--build-arg', `NPM_CONFIG_REGISTRY=${npm('config', 'get', 'registry')}`, root],
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe.skipIf(missingDocker() !== undefined)('the image', () => {
  let gm: GameMetrics;
  let container = '';
  let port: number;

  beforeAll(async () => {
    gm = await createGameMetrics({ stack: 'embedded', roles: 'none' });
    buildBase();
    buildImage();
    port = await freePort();
  }, buildMs);
  afterAll(async () => {
    if (container !== '') docker('rm', '--force', '--volumes', container);
    docker('rmi', '--force', image, base);
    await gm.stop();
  });

  it('runs a role as an arbitrary user on a read-only file system', async () => {
    const { kafka, postgres, redis } = gm.endpoints;
    const variables = {
      KAFKA_BOOTSTRAP_SERVERS: kafka.brokers.join(','),
      DB_HOST: postgres.host,
      DB_PORT: String(postgres.port),
      DB_NAME: postgres.database,
      DB_USER: postgres.user,
      DB_PASSWORD: postgres.password,
      REDIS_HOST: redis.host,
      REDIS_PORT: String(redis.port),
      GAMEMETRICS_HTTP_HOST: '127.0.0.1',
      GAMEMETRICS_HTTP_PORT: String(port),
    };
    const env = Object.entries(variables).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
    const options = [
      ...['--detach', '--network=host', '--read-only', '--tmpfs=/tmp', '--cap-drop=ALL'],
      '--health-interval=1s',
    ];
    [container = ''] = docker('run', ...options, ...env, image, 'run', 'ingest');
    await until(async () => {
      const [running] = docker('inspect', '--format', '{{.State.Running}}', container);
      if (running !== 'true') throw new Error(docker('logs', container).join('\n'));
      return fetch(`http://127.0.0.1:${port}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
    });
    expect(docker('exec', container, 'id', '-u')).toEqual(['10001']);
  });

  it('reports its own health', async () => {
    const health = () => docker('inspect', '--format', '{{.State.Health.Status}}', container)[0];
    await until(() => health() === 'healthy', 60_000);
  });

  it('accepts an event', async () => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        event_type: 'login',
        player_id: 'player-1',
        game_id: 'game-1',
        timestamp: new Date().toISOString(),
        data: {},
      }),
    });
    expect(response.status).toBe(202);
  });

  it('stops cleanly on docker stop', () => {
    docker('stop', '--time=20', container);
    expect(docker('inspect', '--format', '{{.State.ExitCode}}', container)).toEqual(['0']);
  });
});
