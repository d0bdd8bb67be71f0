import { expect, it } from 'vitest';

import { ingestUrlOf } from './ingestUrl.js';

it('an empty variable counts as unset', () => {
  expect(ingestUrlOf({})).toBeUndefined();
  expect(ingestUrlOf({ GAMEMETRICS_URL: '' })).toBeUndefined();
});

it('an address is reduced to its origin', () => {
  const url = 'http://user:secret@127.0.0.1:8080/api?x=1';
  expect(ingestUrlOf({ GAMEMETRICS_URL: url })).toBe('http://127.0.0.1:8080');
});

it.each(['127.0.0.1:8080', 'localhost:8080', 'ftp://127.0.0.1', 'http://'])(
  'a value that is not an HTTP address is rejected: %s',
  (GAMEMETRICS_URL) => {
    expect(() => ingestUrlOf({ GAMEMETRICS_URL })).toThrow('not the address of an ingest server');
  },
);
