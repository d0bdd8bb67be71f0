import { describe, expect, it } from 'vitest';

import { Failure } from '../util/failure.js';
import {
  endpointsFromEnvironment,
  endpointsToEnvironment,
  endpointVariables,
  withoutSecrets,
  type Endpoints,
  type Environment,
} from './endpoints.js';

const plain: Endpoints = {
  kafka: { brokers: ['127.0.0.1:9092'] },
  postgres: {
    host: '127.0.0.1',
    port: 5432,
    database: 'gamemetrics',
    user: 'gamemetrics',
    password: '',
  },
  redis: { host: '127.0.0.1', port: 6379 },
  namespace: '',
};

/** Values that need quoting in a URL, in a shell or in a list. */
const secrets = ['s3cret', 'p@ss:w/rd?#%', 'quote\'and "quote"', 'ünïcödé 🎮', '%41', '$(id)', ' '];

const tlsVariants = [
  undefined,
  {},
  { caFile: '/etc/ca.pem' },
  { caFile: '/etc/a ca.pem', certFile: '/etc/c?&.pem', keyFile: '/etc/k=.pem' },
  { certFile: '/c', keyFile: '/k' },
] as const;

/** Every combination of what endpoints may hold, with each secret in turn. */
function* variants(): Generator<Endpoints> {
  let turn = 0;
  const secret = (): string => secrets[(turn += 1) % secrets.length] ?? '';
  const hosts = ['127.0.0.1', 'Db.example.com', '::1'];
  for (const tls of tlsVariants) {
    for (const mechanism of [undefined, 'PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const) {
      for (const mode of ['require', 'verify-ca', 'verify-full'] as const) {
        for (const sentinel of [false, true]) {
          const host = hosts[turn % hosts.length] ?? '';
          const redis = sentinel ? 's1' : host.toLowerCase();
          yield {
            kafka: {
              brokers: ['a:1', '[::1]:2'].slice(turn % 2),
              ...(tls === undefined ? {} : { tls }),
              ...(mechanism === undefined
                ? {}
                : { sasl: { mechanism, username: secret(), password: secret() } }),
            },
            postgres: {
              host,
              port: 1 + turn,
              database: secret(),
              user: secret(),
              password: secret(),
              ...(tls === undefined ? {} : { tls: { mode, ...tls } }),
            },
            redis: {
              host: redis,
              port: 6379,
              ...(turn % 3 === 0 ? {} : { password: secret() }),
              ...(turn % 3 === 2 ? { username: secret() } : {}),
              ...(turn % 2 === 0 ? {} : { database: 3 }),
              ...(tls === undefined ? {} : { tls }),
              ...(sentinel
                ? {
                    sentinel: {
                      addresses: ['s1:6379', 's2:26379'],
                      master: 'mymaster',
                      ...(turn % 4 === 0 ? {} : { username: 'u', password: secret() }),
                    },
                  }
                : {}),
            },
            namespace: turn % 2 === 0 ? '' : 'team.',
          };
        }
      }
    }
  }
}

describe('endpoints as variables', () => {
  it('are read back as the same endpoints, whatever they hold', () => {
    for (const endpoints of variants()) {
      expect(endpointsFromEnvironment(endpointsToEnvironment(endpoints))).toEqual(endpoints);
    }
  });

  it('override the variables of another stack', () => {
    const all = [...variants()];
    for (const [index, endpoints] of all.entries()) {
      const before = endpointsToEnvironment(all[(index * 7 + 3) % all.length] ?? plain);
      const env = { ...before, ...endpointsToEnvironment(endpoints) };
      expect(endpointsFromEnvironment(env)).toEqual(endpoints);
    }
  });

  it('are all listed in endpointVariables', () => {
    for (const endpoints of variants()) {
      for (const name of Object.keys(endpointsToEnvironment(endpoints))) {
        expect(endpointVariables).toContain(name);
      }
    }
  });

  it('contain no secret after withoutSecrets', () => {
    const url = 'redis://u:redis-secret@h:1';
    const endpoints = endpointsFromEnvironment({
      KAFKA_USERNAME: 'u',
      KAFKA_PASSWORD: 'kafka-secret',
      DB_PASSWORD: 'db-secret',
      REDIS_URL: url,
    });
    const sentinel = endpointsFromEnvironment({
      REDIS_SENTINELS: 'a:1',
      REDIS_SENTINEL_PASSWORD: 'sentinel-secret',
    });
    const shown = JSON.stringify([withoutSecrets(endpoints), withoutSecrets(sentinel)]);
    expect(shown).not.toMatch(/secret/);
    expect(shown).toMatch(/\*\*\*/);
  });
});

describe('variables', () => {
  it('default to the usual local addresses if they are unset or empty', () => {
    expect(endpointsFromEnvironment({})).toEqual(plain);
    const empty = Object.fromEntries(endpointVariables.map((name) => [name, '']));
    expect(endpointsFromEnvironment(empty)).toEqual(plain);
  });

  it.each<[Environment, object]>([
    [
      { KAFKA_USERNAME: 'u', KAFKA_PASSWORD: 'p' },
      { sasl: { mechanism: 'SCRAM-SHA-512', username: 'u', password: 'p' } },
    ],
    [{ KAFKA_SSL_CA_FILE: '/ca' }, { tls: { caFile: '/ca' } }],
    [
      { KAFKA_USERNAME: 'u', KAFKA_PASSWORD: 'p', KAFKA_SSL_CA_FILE: '/ca' },
      {
        tls: { caFile: '/ca' },
        sasl: { mechanism: 'SCRAM-SHA-512', username: 'u', password: 'p' },
      },
    ],
    [
      {
        KAFKA_SECURITY_PROTOCOL: 'sasl_ssl',
        KAFKA_SASL_MECHANISM: 'plain',
        KAFKA_USERNAME: 'u',
        KAFKA_PASSWORD: 'p',
      },
      { tls: {}, sasl: { mechanism: 'PLAIN', username: 'u', password: 'p' } },
    ],
    [{ KAFKA_SECURITY_PROTOCOL: 'PLAINTEXT', KAFKA_USERNAME: 'u', KAFKA_SSL_CA_FILE: '/ca' }, {}],
  ])('configure Kafka: %j', (env, expected) => {
    const { kafka } = endpointsFromEnvironment(env);
    expect(kafka).toEqual({ brokers: ['127.0.0.1:9092'], ...expected });
  });

  it('configure PostgreSQL: the URL overrides DB_SSL*, which apply otherwise', () => {
    const tls = (env: Environment): object | undefined =>
      endpointsFromEnvironment(env).postgres.tls;
    expect(tls({ DATABASE_URL: 'postgres://h/d', DB_SSLMODE: 'require' })).toEqual({
      mode: 'require',
    });
    const url = 'postgres://h/d?sslmode=verify-full&sslrootcert=/ca';
    expect(tls({ DATABASE_URL: url, DB_SSLMODE: 'disable' })).toEqual({
      mode: 'verify-full',
      caFile: '/ca',
    });
    expect(tls({ DATABASE_URL: 'postgres://h/d?sslmode=require&sslrootcert=system' })).toEqual({
      mode: 'require',
    });
  });

  it.each<[string, Environment]>([
    ['KAFKA_BOOTSTRAP_SERVERS', { KAFKA_BOOTSTRAP_SERVERS: 'kafka' }],
    ['KAFKA_SECURITY_PROTOCOL', { KAFKA_SECURITY_PROTOCOL: 'TLS' }],
    [
      'KAFKA_SASL_MECHANISM',
      { KAFKA_USERNAME: 'u', KAFKA_PASSWORD: 'p', KAFKA_SASL_MECHANISM: 'GSSAPI' },
    ],
    ['KAFKA_PASSWORD', { KAFKA_USERNAME: 'u' }],
    ['KAFKA_USERNAME', { KAFKA_SECURITY_PROTOCOL: 'SASL_SSL' }],
    ['KAFKA_SSL_KEY_FILE', { KAFKA_SSL_CERT_FILE: '/c' }],
    ['DATABASE_URL', { DATABASE_URL: 'mysql://h/d' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://u:100%@h/d' }],
    ['DB_HOST', { DB_HOST: '/var/run/postgresql' }],
    ['DB_PORT', { DB_PORT: '65536' }],
    ['DB_SSLMODE', { DB_SSLMODE: 'verify' }],
    ['sslmode', { DATABASE_URL: 'postgres://h/d?sslmode=prefer' }],
    ['DB_SSLCERT', { DB_SSLMODE: 'require', DB_SSLKEY: '/k' }],
    ['REDIS_URL', { REDIS_URL: 'http://h' }],
    ['REDIS_URL', { REDIS_URL: 'redis://h/zero' }],
    ['REDIS_DB', { REDIS_DB: '-1' }],
    ['REDIS_TLS', { REDIS_TLS: 'maybe' }],
    ['REDIS_SENTINELS', { REDIS_SENTINELS: 'one' }],
  ])('are named in the error if they are invalid: %s %j', (name, env) => {
    const read = (): unknown => endpointsFromEnvironment(env);
    expect(read).toThrow(Failure);
    expect(read).toThrow(name);
    expect(read).toThrow(expect.objectContaining({ code: 'invalid_setting' }));
  });

  it('are not shown in an error if they may hold a password', () => {
    for (const name of ['DATABASE_URL', 'REDIS_URL']) {
      for (const scheme of ['ftp', 'postgres', 'redis']) {
        try {
          endpointsFromEnvironment({ [name]: `${scheme}://user:hunter2%@h:x/d` });
          expect.unreachable();
        } catch (error) {
          expect(String(error)).not.toContain('hunter2');
          expect((error as Failure).code).toBe('invalid_setting');
        }
      }
    }
  });
});
