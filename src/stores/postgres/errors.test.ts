import pg from 'pg';
import { expect, it } from 'vitest';

import { DataRefused, StoreUnavailable } from '../errors.js';
import { postgresError } from './errors.js';

function refusal(sqlState: string): pg.DatabaseError {
  const error = new pg.DatabaseError('message of the server', 0, 'error');
  error.code = sqlState;
  return error;
}

it.each([
  ['a connection that broke', '08006'],
  ['a serialization failure', '40001'],
  ['a deadlock', '40P01'],
  ['a COMMIT whose outcome is unknown', '08007'],
  ['a full disk', '53100'],
  ['too many connections', '53300'],
  ['a shutdown', '57P01'],
  ['a start', '57P03'],
  ['a session that was idle in its transaction', '25P03'],
  ['a lock that is not available', '55P03'],
])('%s is retried, and no message is rejected', (_, sqlState) => {
  expect(postgresError(refusal(sqlState))).toBeInstanceOf(StoreUnavailable);
});

it.each([
  ['a text that jsonb refuses', '22P05'],
  ['a number out of range', '22003'],
  ['a constraint', '23514'],
])('%s rejects a message', (_, sqlState) => {
  expect(postgresError(refusal(sqlState))).toBeInstanceOf(DataRefused);
});

it.each([
  ['a missing table', '42P01'],
  ['a missing privilege', '42501'],
])('%s is neither: it stops the consumer', (_, sqlState) => {
  const error = refusal(sqlState);
  expect(postgresError(error)).toBe(error);
});
