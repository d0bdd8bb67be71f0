import { describe, expect, it } from 'vitest';

import { coversAll, parseState } from './state.js';
import { encodeWrites } from './writes.js';

describe('coversAll', () => {
  const offsets = [
    { partition: 0, next_offset: 10, log_epoch: 3 },
    { partition: 1, next_offset: 5, log_epoch: 0 },
    { partition: 2, next_offset: 0, log_epoch: 0 },
  ];
  const fields = { database: 'd', '0': '3:10', '1': '1:6' };

  it('is true if no partition is behind, even if one is ahead of its COMMIT', () => {
    expect(coversAll(parseState(fields), 'd', offsets)).toBe(true);
  });

  it.each([
    ['shows another database', { ...fields, database: 'e' }],
    ['is behind in a partition', { ...fields, '0': '3:9' }],
    ['shows an older log', { ...fields, '0': '2:10' }],
    ['lacks a partition', { database: 'd', '0': '3:10' }],
    ['is being rebuilt', { ...fields, rebuild: 'r:2' }],
    ['is empty', {}],
  ])('is false if Redis %s', (_name, other: Record<string, string>) => {
    expect(coversAll(parseState(other), 'd', offsets)).toBe(false);
  });
});

describe('encodeWrites', () => {
  it('encodes the keys, fields and members to delete, if any', () => {
    const json = encodeWrites({
      gone: ['k'],
      hashes: [{ key: 'h', fields: {}, gone: ['f'] }],
      sets: [{ key: 's', scores: [], gone: ['p'] }],
    });
    expect(JSON.parse(json)).toMatchObject({
      gone: ['k'],
      hashes: [{ key: 'h', values: [], gone: ['f'] }],
      sets: [{ key: 's', values: [], gone: ['p'] }],
    });
  });

  it('encodes every number as a string, because Lua would round it', () => {
    const most = 2 ** 53;
    const json = encodeWrites({
      hashes: [{ key: 'h', expireAtMs: 1_795_542_069_042, fields: { total: most, last: 'x' } }],
      sets: [{ key: 's', current: { key: 'c', untilMs: 7 }, scores: [[-most, 'p']] }],
    });
    expect(JSON.parse(json)).toEqual({
      hashes: [
        { key: 'h', expireAt: '1795542069042', values: ['total', '9007199254740992', 'last', 'x'] },
      ],
      sets: [
        {
          key: 's',
          expireAt: '',
          current: 'c',
          currentUntil: '7',
          values: ['-9007199254740992', 'p'],
        },
      ],
    });
  });
});
