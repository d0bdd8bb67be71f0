import { ReplyError } from 'ioredis';

import type { RedisEndpoint } from '../../config/endpoints.js';
import { Failure } from '../../config/failure.js';
import { describe } from '../errors.js';

/** What to do about answers of Redis's that a wrong set-up causes, by their code. */
const cures: Readonly<Record<string, string>> = {
  WRONGPASS: 'Correct the user and the password in REDIS_URL (or REDIS_USERNAME, REDIS_PASSWORD).',
  NOAUTH: 'It wants a password: put one into REDIS_URL, or set REDIS_PASSWORD.',
  NOPERM: 'Give the user the right: ACL SETUSER USER +@all -@dangerous +info ~*',
  MOVED: 'It is a Redis Cluster, which gamemetrics cannot use: use a single Redis, or Sentinel.',
  CROSSSLOT:
    'It is a Redis Cluster, which gamemetrics cannot use: use a single Redis, or Sentinel.',
};

/**
 * What Redis before 7 makes of an error that it raises itself within a script. Whatever users named
 * could only stand behind the code.
 */
const raisedInScript =
  /^ERR Error running script \(call to f_[0-9a-f]{40}\): (?:@user_script: ?\d+: )+-([A-Z]+) /;

/** The code of an error reply: its first word, or that of the error which ended a script. */
export function replyCode(error: unknown): string | undefined {
  const reply: unknown = error instanceof ReplyError ? error : undefined;
  if (!(reply instanceof Error)) return undefined;
  return raisedInScript.exec(reply.message)?.[1] ?? reply.message.split(' ', 1)[0];
}

/**
 * @param place what was asked: Redis, or a Sentinel
 * @returns undefined where the error is not one of a wrong set-up
 */
export function redisFailure(
  error: unknown,
  { username }: RedisEndpoint,
  {
    service,
    host,
    port,
  }: { readonly service: string; readonly host: string; readonly port: number },
): Failure | undefined {
  const cure = cures[replyCode(error) ?? ''];
  if (cure === undefined) return undefined;
  const user = username === undefined ? '' : `, user ${username}`;
  return new Failure(`${service} at ${host}:${port}${user}: ${describe(error)}`, {
    exit: 'serviceFailed',
    cure: cure.replace(' USER ', ` ${username ?? 'default'} `),
    cause: error,
  });
}
