import { describe, expect, it } from 'vitest';

import { Failure } from '../util/failure.js';
import { variablesFrom } from './configFields.js';

function refusal(text: string): Failure {
  try {
    variablesFrom(text, 'gamemetrics.yaml');
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('the file was accepted');
}

describe('variablesFrom', () => {
  it('returns a variable for each field', () => {
    const text = [
      '# As on our cluster.',
      'stack: docker',
      'port: 8088',
      'isolate: false',
      'reuse: true',
      'partitions: 12',
      'replication-factor: 5',
      'min-insync-replicas: 3',
      'kafka-image: mirror.example.com/cp-kafka:8.1.0',
      'postgres-image: postgres:17',
      'redis-image: valkey/valkey:8.1',
    ].join('\n');
    expect(variablesFrom(text, 'gamemetrics.yaml')).toEqual({
      GAMEMETRICS_STACK: 'docker',
      GAMEMETRICS_PORT: '8088',
      GAMEMETRICS_ISOLATE: 'false',
      GAMEMETRICS_REUSE: 'true',
      GAMEMETRICS_PARTITIONS: '12',
      GAMEMETRICS_REPLICATION_FACTOR: '5',
      GAMEMETRICS_MIN_INSYNC_REPLICAS: '3',
      GAMEMETRICS_KAFKA_IMAGE: 'mirror.example.com/cp-kafka:8.1.0',
      GAMEMETRICS_POSTGRES_IMAGE: 'postgres:17',
      GAMEMETRICS_REDIS_IMAGE: 'valkey/valkey:8.1',
    });
  });

  it('returns none for an empty file', () => {
    expect(variablesFrom('', 'gamemetrics.yaml')).toEqual({});
    expect(variablesFrom('# stack: docker\n', 'gamemetrics.yaml')).toEqual({});
  });

  it('rejects all invalid fields at once, by line and name', () => {
    const { code, message, cure } = refusal('port: 0\nstak: docker\nredis-image: [redis]\n');
    expect(code).toBe('invalid_file');
    expect(message).toMatch(/^gamemetrics.yaml:1: port: Too small/);
    expect(message).toContain('gamemetrics.yaml:2: stak: is not a field');
    expect(message).toContain('gamemetrics.yaml:3: redis-image: Invalid input');
    expect(cure).toContain('kafka-image');
  });

  it('rejects a file that is not YAML, or not a mapping', () => {
    expect(refusal('stack: [docker').message).toMatch(/^gamemetrics.yaml:1: /);
    expect(refusal('docker').message).toMatch(/^gamemetrics.yaml:1: Invalid input/);
  });
});
