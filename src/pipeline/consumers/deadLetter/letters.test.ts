import { describe, expect, it } from 'vitest';

import type { ConsumedRecord } from '../../../stores/kafka/consumer.js';
import { readLetter } from './letters.js';

const source = { topic: 'system.dlq', partition: 0 };

const letter = {
  original_event: { a: 1 },
  error: { code: 'contract', message: 'why' },
  consumer_service: 'event-logger',
  timestamp: '2026-01-01T00:00:00.000Z',
  source: { topic: 't', partition: 1, offset: '7', timestamp: '2026-01-01T00:00:00.000Z' },
  attempts: 1,
};

function record(value: unknown): ConsumedRecord {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return { offset: 3, timestampMs: 0, key: null, value: Buffer.from(text) };
}

describe('readLetter', () => {
  it('reads a dead letter', () => {
    expect(readLetter(record(letter), source)).toEqual({
      originalJson: '{"a":1}',
      originalBase64: null,
      code: 'contract',
      message: 'why',
      service: 'event-logger',
      topic: 't',
      partition: 1,
      offset: 7,
      timestamp: '2026-01-01T00:00:00.000Z',
      attempts: 1,
      failedAt: '2026-01-01T00:00:00.000Z',
    });
  });

  it.each([
    ['a record that is not JSON', 'garbage'],
    ['another document', { error: 1 }],
    ['an offset that is not a number', { ...letter, source: { ...letter.source, offset: 'x' } }],
    ['a year that PostgreSQL does not support', { ...letter, timestamp: '0000-01-01T00:00:00Z' }],
    [
      'a UTC offset that PostgreSQL does not support',
      { ...letter, timestamp: '2024-01-01T00:00:00+20:00' },
    ],
  ])(
    'stores %s as a dead letter of its own, with its own position as the source',
    (_name, value) => {
      expect(readLetter(record(value), source)).toMatchObject({
        code: 'not_a_dead_letter',
        topic: 'system.dlq',
        partition: 0,
        offset: 3,
      });
    },
  );

  it('converts texts to a form that PostgreSQL accepts', () => {
    const row = readLetter(
      record({ ...letter, error: { code: 'x'.repeat(500), message: 'a\u0000b' } }),
      source,
    );
    expect(row.code).toHaveLength(100);
    expect(row.message).toBe('a\ufffdb');
  });

  it('stores an original that jsonb rejects as bytes', () => {
    const deep = `{${JSON.stringify(letter).slice(1, -1)},"original_event":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    for (const bad of [record({ ...letter, original_event: { a: '\u0000' } }), record(deep)]) {
      const row = readLetter(bad, source);
      expect(row.originalJson).toBeNull();
      expect(Buffer.from(row.originalBase64 ?? '', 'base64')).toEqual(bad.value);
    }
  });
});
