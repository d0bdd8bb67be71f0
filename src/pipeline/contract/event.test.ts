import { describe, expect, it } from 'vitest';

import { checkEvent, checkSubmission, identityOf, limits } from './event.js';

const nowMs = Date.parse('2026-07-01T00:00:00Z');
const good = {
  event_type: 'player_level_up',
  player_id: 'player-123',
  game_id: 'game-456',
  timestamp: '2024-01-01T12:00:00Z',
  data: { new_level: 10 },
};

/** The problems of a submission as `path: message`, or `ok`. */
function verdict(changes: object, base: object = good): string[] | 'ok' {
  const checked = checkSubmission({ ...base, ...changes }, nowMs);
  return checked.ok ? 'ok' : checked.problems.map(({ path, message }) => `${path}: ${message}`);
}

describe('checkSubmission', () => {
  it('accepts an event with or without a client-supplied event_id', () => {
    expect(checkSubmission(good, nowMs)).toEqual({ ok: true, value: good });
    expect(verdict({ event_id: '0190163D-8694-7D4E-8000-0123456789AB' })).toBe('ok');
  });

  it('reports every invalid field at once', () => {
    const changes = { event_type: 'No', player_id: 7, data: { score: 1.5 }, extra: 1, more: 2 };
    const problems = verdict({ ...changes, event_type: 'player_score' });
    expect(problems).toEqual([
      'player_id: Invalid input: expected string, received number',
      'extra: is not a field',
      'more: is not a field',
      'data.score: must be an integer within ±2^53 in a player_score event',
    ]);
    expect(verdict(changes)).toContain('event_type: must match [a-z][a-z0-9_.-]*');
  });

  it('reports the missing fields', () => {
    expect(checkSubmission({}, nowMs)).toEqual({
      ok: false,
      problems: ['event_type', 'player_id', 'game_id', 'timestamp', 'data'].map((path) => ({
        path,
        message: 'is required',
      })),
    });
  });

  it.each([[null], [5], ['text'], [[good]]])(
    'rejects a value that is not an object: %j',
    (value) => {
      const checked = checkSubmission(value, nowMs);
      expect(checked.ok ? [] : checked.problems.map(({ path }) => path)).toEqual(['']);
    },
  );

  it('rejects a top-level member named __proto__ and keeps one in data', () => {
    const json = '{"__proto__":{"polluted":1}}';
    const top = Object.assign(JSON.parse(json) as object, {});
    Object.defineProperties(top, Object.getOwnPropertyDescriptors(good));
    expect(checkSubmission(top, nowMs)).toMatchObject({ ok: false });
    const inData = checkSubmission({ ...good, data: JSON.parse(json) as object }, nowMs);
    expect(inData.ok && JSON.stringify(inData.value.data)).toBe(json);
  });

  it('limits the number of reported problems', () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`field${i}`, i]));
    expect(verdict(many)).toHaveLength(limits.problems);
  });

  it.each(['a\0b', 'a\nb', 'a\u0085b', 'a\u2028b', '\ud800', '', 'a'.repeat(101)])(
    'rejects the name %j',
    (player_id) => {
      expect(verdict({ player_id })).toEqual([expect.stringMatching(/^player_id: /)]);
    },
  );

  it('counts the characters of a name, not its UTF-16 code units', () => {
    expect(verdict({ player_id: '😀'.repeat(100) })).toBe('ok');
    expect(verdict({ player_id: '😀'.repeat(101) })).not.toBe('ok');
  });

  it.each([
    '2024-01-01T12:00:00.123456789Z',
    '2024-02-29T00:00:00Z',
    '1970-01-01T00:00:00Z',
    '2024-01-01T12:00:00-15:59',
    '2026-07-01T00:05:00Z',
  ])('accepts the timestamp %s', (timestamp) => {
    expect(verdict({ timestamp })).toBe('ok');
  });

  it.each([
    ['2024-01-01 12:00:00Z', 'must be an RFC 3339 date and time with an offset'],
    ['2024-01-01T12:00:00', 'must be an RFC 3339 date and time with an offset'],
    ['2023-02-29T12:00:00Z', 'must be an RFC 3339 date and time with an offset'],
    ['2024-01-01T24:00:00Z', 'must be an RFC 3339 date and time with an offset'],
    [1704110400000, 'must be an RFC 3339 date and time with an offset'],
    ['2024-01-01T12:00:00+16:00', 'must have an offset below 16 hours'],
    ['1970-01-01T00:00:00+00:01', 'must not be before 1970'],
    ['2026-07-01T00:05:00.001Z', 'must not be more than 5 minutes ahead'],
    [`2024-01-01T12:00:00.${'0'.repeat(64)}Z`, 'must be at most 64 characters'],
  ])('rejects the timestamp %s', (timestamp, message) => {
    const checked = checkSubmission({ ...good, timestamp }, nowMs);
    expect(checked).toEqual({ ok: false, problems: [{ path: 'timestamp', message }] });
  });

  it.each([0, -5, 2 ** 53, -(2 ** 53)])('accepts the score %d', (score) => {
    expect(verdict({ event_type: 'player_score', data: { score } })).toBe('ok');
  });

  it.each([[1.5], ['5'], [null], [2 ** 53 + 2], [undefined], [true]])(
    'rejects the score %j',
    (score) => {
      expect(verdict({ event_type: 'player_score', data: { score } })).toEqual([
        'data.score: must be an integer within ±2^53 in a player_score event',
      ]);
    },
  );

  it('reports the path in data that cannot be stored', () => {
    expect(verdict({ data: { list: [{ text: 'a\0' }] } })).toEqual([
      'data.list.0.text: must not contain U+0000',
    ]);
    expect(verdict({ data: { text: 'x'.repeat(limits.dataBytes) } })).toEqual([
      'data: must be at most 65536 bytes as JSON',
    ]);
  });
});

describe('checkEvent', () => {
  const event = { ...good, event_id: '0190163d-8694-7d4e-8000-0123456789ab' };

  it('requires all seven fields', () => {
    expect(checkEvent({ ...event, ingested_at: '2024-01-01T12:00:01.000Z' }).ok).toBe(true);
    expect(checkEvent(event)).toEqual({
      ok: false,
      problems: [{ path: 'ingested_at', message: 'is required' }],
    });
  });
});

describe('checkEvent of a record from another producer', () => {
  const event = { ...good, event_id: '0190163d-8694-7d4e-8000-0123456789ab' };

  it('rejects an event that happened long after it was ingested', () => {
    const at = (timestamp: string) =>
      checkEvent({ ...event, timestamp, ingested_at: '2026-07-01T00:00:00Z' });
    expect(at('2026-07-01T00:05:00Z').ok).toBe(true);
    expect(at('2026-07-01T00:05:00.001Z')).toEqual({
      ok: false,
      problems: [
        { path: 'timestamp', message: 'must not be more than 5 minutes ahead of ingested_at' },
      ],
    });
  });

  it('rejects years after 9999', () => {
    const ingested_at = '9999-12-31T23:59:59-01:00';
    expect(checkEvent({ ...event, ingested_at })).toEqual({
      ok: false,
      problems: [{ path: 'ingested_at', message: 'must not be after 9999' }],
    });
  });
});

describe('identityOf', () => {
  it('ignores the case of UUIDs but not of players', () => {
    const identity = identityOf({ event_id: 'AB', player_id: 'Zoe' });
    expect(identity).toBe(identityOf({ event_id: 'ab', player_id: 'Zoe' }));
    expect(identity).not.toBe(identityOf({ event_id: 'ab', player_id: 'zoe' }));
  });
});
