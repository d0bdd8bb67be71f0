import { Redis } from 'ioredis';

import type { RedisEndpoint } from '../../config/endpoints.js';
import { Failure } from '../../util/failure.js';
import { replyCode } from './errors.js';
import { redisOptions } from './options.js';

/** What can be asked of a Redis, or a Sentinel, on a connection of its own. */
export interface OneOffRedis {
  /** What INFO answers: lines of `field:value`. */
  info(): Promise<string>;
  /** Runs a script that does nothing. */
  runScript(): Promise<void>;
  /** Where Sentinel says that a master is; undefined if it does not know the master. */
  masterAddress(master: string): Promise<Pick<RedisEndpoint, 'host' | 'port'> | undefined>;
}

export interface AskOnceOptions {
  /** The connection's name in CLIENT LIST. */
  readonly application: string;
  /** How long connecting, and then each command, may take; ms. */
  readonly timeoutMs: number;
}

/**
 * Connects without a retry, logs in, asks, and disconnects.
 * @returns what `question` returns
 * @throws Failure (invalid_setting) for a TLS file that cannot be used, or one that `question` throws; an error
 *   reply, which has a replyCode(); otherwise the error that broke the connection
 */
export async function askOnce<T>(
  endpoint: Omit<RedisEndpoint, 'sentinel'>,
  { application, timeoutMs }: AskOnceOptions,
  question: (redis: OneOffRedis) => Promise<T>,
): Promise<T> {
  const { username, password, database, ...server } = endpoint;
  const redis = new Redis({
    ...redisOptions(server),
    connectionName: application,
    lazyConnect: true,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    retryStrategy: () => null,
  });
  let broken: Error | undefined;
  redis.on('error', (error: Error) => (broken = error));
  try {
    await redis.connect();
    if (password !== undefined) await logIn(redis, username, password);
    if (database !== undefined) await redis.select(database);
    return await question({
      info: async () => redis.info(),
      runScript: async () => {
        await redis.eval('return 1', 0);
      },
      masterAddress: async (master) =>
        addressOf(await redis.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', master)),
    });
  } catch (error) {
    if (error instanceof Failure || replyCode(error) !== undefined) throw error;
    // ioredis rejects a command on a broken connection with "Connection is closed" alone.
    throw broken ?? error;
  } finally {
    redis.disconnect();
  }
}

/** A server without passwords answers ERR and accepts every client: that is no failure. */
async function logIn(redis: Redis, username: string | undefined, password: string): Promise<void> {
  try {
    await (username === undefined ? redis.auth(password) : redis.auth(username, password));
  } catch (error) {
    if (replyCode(error) !== 'ERR') throw error;
  }
}

function addressOf(reply: unknown): Pick<RedisEndpoint, 'host' | 'port'> | undefined {
  if (!Array.isArray(reply) || reply.length !== 2) return undefined;
  return { host: String(reply[0]), port: Number(reply[1]) };
}
