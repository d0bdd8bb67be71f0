import { ReplyError } from 'ioredis';

import { StoreUnavailable } from '../errors.js';

/** Codes of error replies for conditions that pass by themselves. */
const transient = new Set([
  'OOM',
  'LOADING',
  'BUSY',
  'READONLY',
  'MASTERDOWN',
  'MISCONF',
  'TRYAGAIN',
]);

/**
 * How Redis before version 7 words an error that it raises within a script. Names that users chose
 * can only follow the code.
 */
const raisedInScript =
  /^ERR Error running script \(call to f_[0-9a-f]{40}\): (?:@user_script: ?\d+: )+-([A-Z]+) /;

/**
 * The code of an error reply: its first word, or that of the error that ended a script.
 * @returns undefined for anything but an error reply
 */
export function replyCode(error: unknown): string | undefined {
  const reply: unknown = error instanceof ReplyError ? error : undefined;
  if (!(reply instanceof Error)) return undefined;
  return raisedInScript.exec(reply.message)?.[1] ?? reply.message.split(' ', 1)[0];
}

/**
 * Classifies the error of a command by its code. An error that is not a reply is one of the connection.
 * @returns StoreUnavailable, or the reply itself if it shows a bug or a wrong set-up
 */
export function redisError(error: unknown): unknown {
  const code = replyCode(error);
  if (code === undefined) return new StoreUnavailable('redis', error);
  // ioredis attaches the whole command, whose arguments may be players' data or a password.
  if (error instanceof Error && 'command' in error) delete error.command;
  return transient.has(code) ? new StoreUnavailable('redis', error) : error;
}
