import { ReplyError } from 'ioredis';
import { expect, it } from 'vitest';

import { replyCode } from './errors.js';

const Reply = ReplyError as new (message: string) => Error;
const code = (message: string): string | undefined => replyCode(new Reply(message));

const inScript = (reason: string): string =>
  `ERR Error running script (call to f_8f55ae4a3be429c6d38c5d5db3e80edf89197b64): ${reason}`;

it('the code of an error within a script is the one that Redis raised, in every version', () => {
  const full = `OOM command not allowed when used memory > 'maxmemory'.`;
  expect(code(full)).toBe('OOM');
  expect(code(`${full} script: 8f55ae4a, on @user_script:41.`)).toBe('OOM');
  expect(code(inScript(`@user_script:41: @user_script: 41: -${full}`))).toBe('OOM');
  const replica = "-READONLY You can't write against a read only replica.";
  expect(code(inScript(`@user_script:4: @user_script: 4: ${replica}`))).toBe('READONLY');
});

it('a name that a user chose is never taken for a code', () => {
  const data = inScript('@user_script:31: bad key: @user_script: 1: -OOM command not allowed');
  expect(code(data)).toBe('ERR');
  expect(code(`ERR unknown command '${inScript('@user_script:1: -OOM x')}'`)).toBe('ERR');
  expect(code(inScript('@user_script:31: OOM is my name'))).toBe('ERR');
});

it('only an error reply has a code', () => {
  expect(replyCode(new Error('OOM command not allowed'))).toBeUndefined();
});
