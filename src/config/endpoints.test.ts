import { describe, expect, it } from 'vitest';

import { databaseUrl, endpointsFromEnvironment, endpointsToEnvironment } from './endpoints.js';
import { Failure } from './failure.js';

describe('endpointsFromEnvironment', () => {
  it('takes the usual local addresses where nothing is set', () => {
    expect(endpointsFromEnvironment({})).toMatchObject({
      kafka: { brokers: ['127.0.0.1:9092'] },
      postgres: { host: '127.0.0.1', port: 5432, database: 'gamemetrics', user: 'gamemetrics' },
      redis: { host: '127.0.0.1', port: 6379 },
      namespace: '',
    });
  });

  it('reads URLs, which win over their parts', () => {
    const endpoints = endpointsFromEnvironment({
      KAFKA_BOOTSTRAP_SERVERS: 'a:1, [::1]:2',
      DATABASE_URL: 'postgresql://us%40er:p%2Fw@db.example:5433/games',
      DB_HOST: 'ignored',
      REDIS_URL: 'redis://:s%3Acret@cache.example:6380',
    });
    expect(endpoints.kafka.brokers).toEqual(['a:1', '[::1]:2']);
    expect(endpoints.postgres).toMatchObject({
      host: 'db.example',
      port: 5433,
      database: 'games',
      user: 'us@er',
      password: 'p/w',
    });
    expect(endpoints.redis).toMatchObject({
      host: 'cache.example',
      port: 6380,
      password: 's:cret',
    });
  });

  it.each([
    ['KAFKA_BOOTSTRAP_SERVERS', 'localhost'],
    ['KAFKA_BOOTSTRAP_SERVERS', 'a:1,,b:2'],
    ['DATABASE_URL', 'mysql://user:hidden@h/d'],
    ['DB_PORT', '99999'],
    ['REDIS_URL', 'cache:6379'],
    ['REDIS_PORT', 'six'],
  ])('names %s where its value cannot be read, and no password', (variable, value) => {
    const read = (): unknown => endpointsFromEnvironment({ [variable]: value });
    expect(read).toThrow(Failure);
    expect(read).toThrow(new RegExp(`^${variable}`));
    expect(read).not.toThrow(/hidden/);
  });
});

describe('endpointsToEnvironment', () => {
  it('is the inverse, whatever the password holds', () => {
    const endpoints = endpointsFromEnvironment({
      KAFKA_BOOTSTRAP_SERVERS: 'a:1,b:2',
      DATABASE_URL: databaseUrl({
        host: '::1',
        port: 1,
        database: 'd/b',
        user: 'u:s',
        password: "p@ss/'word%",
      }),
      REDIS_HOST: 'r',
      REDIS_PASSWORD: "s3cret'@/",
      GAMEMETRICS_NAMESPACE: 'ns.',
    });
    expect(endpointsFromEnvironment(endpointsToEnvironment(endpoints))).toEqual(endpoints);
  });
});
