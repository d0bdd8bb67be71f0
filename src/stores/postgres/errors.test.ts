import pg from 'pg';
import { expect, it } from 'vitest';

import { DataRefused, StoreUnavailable } from '../errors.js';
import { postgresError } from './errors.js';

function refusal(sqlState: string): pg.DatabaseError {
  const error = new pg.DatabaseError('as the server says it', 0, 'error');
  error.code = sqlState;
  return error;
}

it.each([
  ['a connection that broke', '08006'],
  ['a serialization failure', '40001'],
  ['a deadlock', '40P01'],
  ['a transaction whose COMMIT may or may not have been done', '08007'],
  ['a full disk', '53100'],
  ['too many connections', '53300'],
  ['a shutdown', '57P01'],
  ['a start', '57P03'],
  ['a session that was idle in its transaction', '25P03'],
  ['a lock that is not to be had', '55P03'],
])('%s is tried again, and no message is to blame', (_, sqlState) => {
  expect(postgresError(refusal(sqlState))).toBeInstanceOf(StoreUnavailable);
});

it.each([
  ['a text that jsonb refuses', '22P05'],
  ['a number out of range', '22003'],
  ['a constraint', '23514'],
])('%s is a message to blame', (_, sqlState) => {
  expect(postgresError(refusal(sqlState))).toBeInstanceOf(DataRefused);
});

it.each([
  ['a missing table', '42P01'],
  ['a missing right', '42501'],
])('%s is neither: it stops whoever meets it', (_, sqlState) => {
  const error = refusal(sqlState);
  expect(postgresError(error)).toBe(error);
});
