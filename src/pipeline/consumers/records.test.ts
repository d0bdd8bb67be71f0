import { describe, expect, it } from 'vitest';

import type { ConsumedRecord } from '../../stores/kafka/consumer.js';
import type { OutgoingRecord } from '../../stores/kafka/producer.js';
import { byIdentity, firstOfEach } from './ledger.js';
import { deadLetterRecord, readEvents } from './records.js';

const valid = {
  event_id: '0197A000-0000-7000-8000-00000000000F',
  event_type: 'level_up',
  player_id: 'p',
  game_id: 'g',
  timestamp: '2026-01-01T00:00:00Z',
  ingested_at: '2026-01-01T00:00:01.000Z',
  data: {},
};

function record(offset: number, value: object | string | null): ConsumedRecord {
  const text = typeof value === 'string' || value === null ? value : JSON.stringify(value);
  return { offset, timestampMs: 0, key: null, value: text === null ? null : Buffer.from(text) };
}

describe('readEvents', () => {
  it('separates events from records that are not JSON and records that violate the contract', () => {
    const { events, broken } = readEvents([
      record(0, valid),
      record(1, '{'),
      record(2, null),
      record(3, { ...valid, ingested_at: undefined }),
      record(4, { ...valid, extra: 1 }),
    ]);
    expect(events.map(({ offset }) => offset)).toEqual([0]);
    expect(broken.map(({ record: { offset }, error }) => [offset, error.code])).toEqual([
      [1, 'not_json'],
      [2, 'not_json'],
      [3, 'contract'],
      [4, 'contract'],
    ]);
    expect(broken[3]?.error.message).toContain('extra');
  });
});

describe('duplicates in a batch', () => {
  it('are dropped except for the first of each identity, in log order', () => {
    const { events } = readEvents([
      record(5, { ...valid, data: { first: true } }),
      record(6, { ...valid, event_id: '0197a000-0000-7000-8000-000000000001' }),
      record(7, { ...valid, event_id: valid.event_id.toLowerCase() }),
      record(8, { ...valid, player_id: 'q' }),
    ]);
    expect(byIdentity(events).map(({ offset }) => offset)).toEqual([6, 5, 7, 8]);
    // A ledger returns UUIDs in lower case.
    const fresh = [
      { event_id: valid.event_id.toLowerCase(), player_id: 'p' },
      { event_id: valid.event_id.toLowerCase(), player_id: 'q' },
    ];
    expect(firstOfEach(events, fresh).map(({ offset }) => offset)).toEqual([5, 8]);
  });
});

describe('deadLetterRecord', () => {
  const outgoing = (bad: ConsumedRecord, message = 'why'): OutgoingRecord =>
    deadLetterRecord({
      namespace: 'ns.',
      role: 'logger',
      partition: 2,
      record: bad,
      error: { code: 'contract', message },
      nowMs: 0,
    });
  const letterOf = (bad: ConsumedRecord): Record<string, unknown> =>
    JSON.parse(String(outgoing(bad).value)) as Record<string, unknown>;

  it('carries the original, the error and the source', () => {
    expect(letterOf(record(9, { a: 1 }))).toEqual({
      original_event: { a: 1 },
      error: { code: 'contract', message: 'why' },
      consumer_service: 'event-logger',
      timestamp: '1970-01-01T00:00:00.000Z',
      source: {
        topic: 'ns.player.events.raw',
        partition: 2,
        offset: '9',
        timestamp: '1970-01-01T00:00:00.000Z',
      },
      attempts: 1,
    });
  });

  it('carries bytes if the original is not JSON, or is JSON that jsonb rejects', () => {
    const bytes = (text: string): string => Buffer.from(text).toString('base64');
    expect(letterOf(record(1, '{'))).toMatchObject({ original_value_base64: bytes('{') });
    const nul = JSON.stringify({ a: '\0' });
    expect(letterOf(record(1, nul))).toMatchObject({ original_value_base64: bytes(nul) });
  });

  it('carries a prefix and a hash of an original that is too large', () => {
    const letter = letterOf(record(1, 'x'.repeat(600_000)));
    expect(letter['original_size']).toBe(600_000);
    expect(String(letter['original_value_base64'])).toHaveLength(699_052);
    expect(letter['original_sha256']).toMatch(/^[\da-f]{64}$/);
  });

  it('has the key of its source, unless the key is longer than any player_id', () => {
    const keyed = (bytes: number) => outgoing({ ...record(1, {}), key: Buffer.alloc(bytes) }).key;
    expect(keyed(1_024)).toHaveLength(1_024);
    expect(keyed(1_025)).toBeNull();
  });

  it('never exceeds the size that Kafka accepts', () => {
    const bad = { ...record(1, '\u0001'.repeat(512 * 1024)), key: Buffer.alloc(1_024) };
    const { key, value } = outgoing(bad, '\u0001'.repeat(5_000));
    expect((key?.length ?? 0) + Buffer.byteLength(value)).toBeLessThan(750_000);
  });

  it('is valid even if the record has an absurd timestamp', () => {
    const late = { ...record(1, {}), timestampMs: 9e18 };
    expect(letterOf(late)).toMatchObject({ source: { timestamp: '9999-12-31T23:59:59.999Z' } });
  });
});
