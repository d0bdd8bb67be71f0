import { describe, expect, it } from 'vitest';

import type { Docker } from '../docker/client.js';
import type { InstanceOptions } from './options.js';
import { planInstance, planPorts } from './plan.js';
import type { Platform } from './platform.js';
import type { Ports } from './ports.js';

function options(overrides: Partial<InstanceOptions> = {}): InstanceOptions {
  return {
    name: 'default',
    home: '/home',
    stack: 'auto',
    isolate: false,
    ephemeral: false,
    roles: 'children',
    prepare: () => Promise.resolve(),
    report: (event) => {
      throw new Error(`planning reported ${JSON.stringify(event)}`);
    },
    signal: new AbortController().signal,
    env: {},
    ...overrides,
  };
}

const endpoints = {
  kafka: { brokers: ['kafka:9092'] },
  postgres: { host: 'postgres', port: 5432, database: 'd', user: 'u', password: 'p' },
  redis: { host: 'redis', port: 6379 },
  namespace: '',
};

const ports: Ports = { ingest: 1, worker: 2, broker: 3, redis: 4, postgres: 5 };

function plan(platform: Platform, overrides: Partial<InstanceOptions> = {}) {
  return planInstance({ options: options(overrides), directory: '/d', platform, ports });
}

describe('planPorts', () => {
  it('prefers the well-known ports for the default instance only', () => {
    const { preferred } = planPorts(options(), 'embedded', {});
    expect(preferred).toMatchObject({ ingest: 8080, redis: 6379 });
    expect(planPorts(options({ name: 'second' }), 'embedded', {}).preferred).toEqual({});
    expect(planPorts(options({ ephemeral: true }), 'embedded', {}).preferred).toEqual({});
  });

  it('assigns ports to the roles on every stack, and to the servers that the stack runs', () => {
    const servers = ['broker', 'redis', 'postgres'];
    const namesOn = (kind: Platform['kind'], overrides?: Partial<InstanceOptions>) =>
      planPorts(options(overrides), kind, {}).names;
    expect(namesOn('external')).toEqual(['ingest', 'worker']);
    expect(namesOn('docker')).toEqual(['ingest', 'worker', ...servers]);
    expect(namesOn('embedded', { roles: 'none' })).toEqual(servers);
    expect(namesOn('external', { isolate: true })).toContain('leaderboard');
  });

  it('requires the port that the user set, and passes the saved ports on', () => {
    const saved = { worker: 20_001 };
    const request = planPorts(options({ port: 8081 }), 'external', saved);
    expect(request).toMatchObject({ explicit: { ingest: 8081 }, saved });
  });
});

describe('planInstance', () => {
  it('runs servers on the embedded stack, on the assigned ports', () => {
    const { stack, roles, portOf, notices } = plan({ kind: 'embedded' });
    expect(stack.endpoints).toMatchObject({
      kafka: { brokers: ['127.0.0.1:3'] },
      postgres: { port: 5 },
      redis: { port: 4 },
    });
    expect(stack.servers).toHaveLength(3);
    expect(roles.map(({ name, log }) => [name, log])).toEqual([
      ['ingest', '/d/ingest.log'],
      ['worker', '/d/worker.log'],
    ]);
    expect(roles[0]?.args).toEqual(expect.arrayContaining(['--http-port', '1']));
    expect(portOf('worker')).toBe(2);
    expect(() => portOf('logger')).toThrow('no port was assigned to logger');
    expect(notices).toEqual([]);
  });

  it('runs no servers on an external stack', () => {
    const { stack, roles } = plan({ kind: 'external', endpoints });
    expect(stack).toEqual({ endpoints, servers: [] });
    expect(roles[0]?.env).toMatchObject({ KAFKA_BOOTSTRAP_SERVERS: 'kafka:9092' });
  });

  it('warns about ports that other machines can reach', () => {
    const remote: Partial<Docker> = { host: 'build-host', publishOn: '' };
    const docker = remote as Docker;
    const env = { GAMEMETRICS_HTTP_HOST: '0.0.0.0' };
    const { notices, stack } = plan({ kind: 'docker', docker, publishedPorts: [] }, { env });
    expect(stack.endpoints.redis).toEqual({ host: 'build-host', port: 4 });
    expect(notices[0]).toContain('build-host');
    expect(notices[1]).toContain('0.0.0.0');
    const withoutRoles = plan({ kind: 'external', endpoints }, { env, roles: 'none' });
    expect(withoutRoles.notices).toEqual([]);
  });

  it('rejects invalid API keys', () => {
    const env = { GAMEMETRICS_API_KEYS: 'short' };
    expect(() => plan({ kind: 'embedded' }, { env })).toThrow('GAMEMETRICS_API_KEYS');
  });
});
