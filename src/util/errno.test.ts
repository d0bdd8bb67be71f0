import { readFileSync } from 'node:fs';

import { expect, it } from 'vitest';

import { isErrno } from './errno.js';

it('recognizes a system error by its code alone', () => {
  let caught: unknown;
  try {
    readFileSync('/no/such/file');
  } catch (error) {
    caught = error;
  }
  expect(isErrno(caught, 'EACCES', 'ENOENT')).toBe(true);
  expect(isErrno(caught, 'EACCES')).toBe(false);
  expect(isErrno(new Error('ENOENT'), 'ENOENT')).toBe(false);
  expect(isErrno('ENOENT', 'ENOENT')).toBe(false);
});
