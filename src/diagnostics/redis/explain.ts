import type { RedisEndpoint } from '../../config/endpoints.js';
import { replyCode } from '../../stores/redis/errors.js';
import { describeError } from '../../util/describeError.js';
import { Failure } from '../../util/failure.js';

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
  return new Failure(`${service} at ${host}:${port}${user}: ${describeError(error)}`, {
    code: 'service_failed',
    cure: cure.replace(' USER ', ` ${username ?? 'default'} `),
    cause: error,
  });
}
