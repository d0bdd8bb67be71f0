import type { ConnectionOptions } from 'node:tls';

import { Redis, ReplyError } from 'ioredis';

import { splitAddress, type RedisEndpoint } from '../../config/endpoints.js';
import { replyCode } from '../../stores/redis/errors.js';
import { redisOptions } from '../../stores/redis/options.js';
import { readTls } from '../../stores/tls.js';
import { describeError } from '../../util/describeError.js';
import { Failure } from '../../util/failure.js';
import {
  nameOf,
  reach,
  reachTimeoutMs,
  refusedAfterHandshake,
  speaksTls,
  tlsFailure,
  Unreachable,
  type Place,
} from '../reach.js';
import { redisFailure } from './explain.js';

const variables = {
  address: 'REDIS_URL (or REDIS_HOST, REDIS_PORT)',
  ca: 'REDIS_CA_FILE',
  certificate: 'REDIS_CERT_FILE and REDIS_KEY_FILE',
};

/** The oldest release line that is still mended somewhere. */
const oldest = [6, 2] as const;

/**
 * Sees that Redis can be worked with: reached, TLS as the endpoint says, the user let in, a single
 * writable server (or the master that Sentinel names), new enough, and scripts allowed.
 * @throws Unreachable, or a Failure with a cure that names the part that is wrong
 */
export async function checkRedis(endpoint: RedisEndpoint): Promise<void> {
  const { sentinel, ...server } = endpoint;
  if (sentinel === undefined) return checkServer(server, variables.address);
  const master = await askSentinels(endpoint);
  return checkServer(
    { ...server, ...master },
    `the address that Sentinel gives of "${sentinel.master}"`,
  );
}

async function checkServer(endpoint: RedisEndpoint, address: string): Promise<void> {
  const place: Place = { service: 'Redis', ...endpoint, variables: { ...variables, address } };
  await ask(place, endpoint, async (redis) => {
    checkInfo(place, await readInfo(redis));
    await redis.eval('return 1', 0);
  });
}

/** @returns undefined where the user may not ask */
async function readInfo(redis: Redis): Promise<string | undefined> {
  try {
    return await redis.info();
  } catch (error) {
    if (replyCode(error) === 'NOPERM') return undefined;
    throw error;
  }
}

/** What INFO says: `name:value` lines. */
function checkInfo(place: Place, info: string | undefined): void {
  if (info === undefined) return;
  const fields = new Map(
    info.split('\r\n').map((line) => line.split(/:(.*)/s, 2) as [string, string | undefined]),
  );
  const wrong = (what: string, cure: string): Failure =>
    new Failure(`Redis at ${nameOf(place)} ${what}`, { exit: 'serviceFailed', cure });
  const mode = fields.get('redis_mode');
  if (mode === 'cluster') {
    throw wrong(
      'is a Redis Cluster, which gamemetrics cannot use: one script writes the values of many ' +
        'players at once, and a cluster keeps them on different nodes',
      'Use a single Redis, or one behind Sentinel; see docs/external.md.',
    );
  }
  if (mode === 'sentinel') {
    throw wrong(
      'is a Sentinel',
      'Set REDIS_SENTINELS and REDIS_SENTINEL_MASTER instead of its address as a server.',
    );
  }
  const version = fields.get('redis_version') ?? '';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
    throw wrong(
      `is too old: version ${version}`,
      `Use Redis ${oldest.join('.')} or newer, or Valkey.`,
    );
  }
  if (fields.get('role') === 'slave') {
    throw wrong('is a replica, which cannot be written to', 'Give the address of its master.');
  }
}

/** @returns where the master is, as the first Sentinel says that knows it */
async function askSentinels(
  endpoint: RedisEndpoint,
): Promise<Pick<RedisEndpoint, 'host' | 'port'>> {
  const { sentinel, tls } = endpoint;
  if (sentinel === undefined) return endpoint;
  const { username, password, master } = sentinel;
  const access = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { tls }),
  };
  const problems: Failure[] = [];
  for (const address of sentinel.addresses) {
    const where = splitAddress(address);
    const place: Place = {
      service: 'Sentinel',
      ...where,
      variables: { ...variables, address: 'REDIS_SENTINELS' },
    };
    try {
      const found = await ask(place, { ...where, ...access }, async (redis) =>
        redis.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', master),
      );
      if (isAddress(found)) return { host: found[0], port: Number(found[1]) };
      problems.push(
        new Failure(`Sentinel at ${nameOf(place)} knows no master "${master}"`, {
          exit: 'serviceFailed',
          cure: 'Correct REDIS_SENTINEL_MASTER.',
        }),
      );
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      problems.push(error);
    }
  }
  const wrong = problems.find((problem) => !(problem instanceof Unreachable));
  throw (
    wrong ??
    new Unreachable(
      problems.map(({ message }) => message).join(', '),
      'Start a Sentinel there, or correct REDIS_SENTINELS.',
    )
  );
}

function isAddress(value: unknown): value is [string, string] {
  return Array.isArray(value) && value.length === 2;
}

/** Connects, logs in, asks, and disconnects. */
async function ask<T>(
  place: Place,
  endpoint: RedisEndpoint,
  question: (redis: Redis) => Promise<T>,
): Promise<T> {
  const tls = endpoint.tls && { ...readTls(endpoint.tls) };
  (await reach(place, tls)).destroy();
  const { username, password, database, ...server } = endpoint;
  const redis = new Redis({
    ...redisOptions(server),
    connectionName: 'gamemetrics-check',
    lazyConnect: true,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    connectTimeout: reachTimeoutMs,
    commandTimeout: reachTimeoutMs,
    retryStrategy: () => null,
  });
  let broken: Error | undefined;
  redis.on('error', (error: Error) => (broken = error));
  try {
    await redis.connect();
    if (password !== undefined) await logIn(redis, username, password);
    if (database !== undefined) await redis.select(database);
    return await question(redis);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw (
      redisFailure(error, endpoint, place) ??
      (await brokenConnection(broken ?? error, place, tls)) ??
      strangeAnswer(broken ?? error, place)
    );
  } finally {
    redis.disconnect();
  }
}

/** Where there was no answer: was TLS the matter? */
async function brokenConnection(
  error: unknown,
  place: Place,
  tls: ConnectionOptions | undefined,
): Promise<Failure | undefined> {
  if (error instanceof ReplyError) return undefined;
  if (tls !== undefined) {
    return tlsFailure(error, place) ?? refusedAfterHandshake(await reach(place, tls), place);
  }
  if (!(await speaksTls(place))) return undefined;
  return new Failure(`${place.service} at ${nameOf(place)} speaks TLS, and was not asked to`, {
    exit: 'serviceFailed',
    cure: 'Begin REDIS_URL with rediss://, or set REDIS_TLS to true.',
  });
}

function strangeAnswer(error: unknown, place: Place): Failure {
  const message = `cannot work with ${place.service} at ${nameOf(place)}: ${describeError(error)}`;
  const cure = `See what listens there, or correct ${place.variables.address}.`;
  // A server that loads its data answers, too, but that passes.
  if (replyCode(error) === 'ERR') {
    return new Failure(message, { exit: 'serviceFailed', cure, cause: error });
  }
  return new Unreachable(message, cure, error);
}

/** A server without passwords answers ERR, and lets anybody in: that is no failure. */
async function logIn(redis: Redis, username: string | undefined, password: string): Promise<void> {
  try {
    await (username === undefined ? redis.auth(password) : redis.auth(username, password));
  } catch (error) {
    if (!(error instanceof ReplyError) || replyCode(error) !== 'ERR') throw error;
  }
}
