import type { ConnectionOptions } from 'node:tls';

import { splitAddress, type RedisEndpoint } from '../../config/endpoints.js';
import { askOnce, type OneOffRedis } from '../../stores/redis/askOnce.js';
import { replyCode } from '../../stores/redis/errors.js';
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
import { oldestVersion, parseServerInfo } from './serverInfo.js';

const variables = {
  address: 'REDIS_URL (or REDIS_HOST, REDIS_PORT)',
  ca: 'REDIS_CA_FILE',
  certificate: 'REDIS_CERT_FILE and REDIS_KEY_FILE',
};

/**
 * Checks that Redis can be used: it is reachable, speaks TLS as the endpoint says, accepts the user, is
 * a single writable server (or the master that Sentinel names), is new enough, and may run scripts.
 * @throws Unreachable, or a Failure whose cure names what to correct
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
    await redis.runScript();
  });
}

/** @returns undefined if the user has no right to INFO */
async function readInfo(redis: OneOffRedis): Promise<string | undefined> {
  try {
    return await redis.info();
  } catch (error) {
    if (replyCode(error) === 'NOPERM') return undefined;
    throw error;
  }
}

function checkInfo(place: Place, info: string | undefined): void {
  if (info === undefined) return;
  const { mode, version, isTooOld, role } = parseServerInfo(info);
  const wrong = (what: string, cure: string): Failure =>
    new Failure(`Redis at ${nameOf(place)} ${what}`, { code: 'service_failed', cure });
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
  if (isTooOld) {
    throw wrong(
      `is too old: version ${version}`,
      `Use Redis ${oldestVersion} or newer, or Valkey.`,
    );
  }
  if (role === 'slave') {
    throw wrong('is a replica, which cannot be written to', 'Give the address of its master.');
  }
}

/** @returns where the master is, by the first Sentinel that knows it */
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
        redis.masterAddress(master),
      );
      if (found !== undefined) return found;
      problems.push(
        new Failure(`Sentinel at ${nameOf(place)} knows no master "${master}"`, {
          code: 'service_failed',
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

/** Asks on a connection of its own. @throws Unreachable, or a Failure whose cure names what to correct */
async function ask<T>(
  place: Place,
  endpoint: Omit<RedisEndpoint, 'sentinel'>,
  question: (redis: OneOffRedis) => Promise<T>,
): Promise<T> {
  const tls = endpoint.tls && { ...readTls(endpoint.tls) };
  (await reach(place, tls)).destroy();
  const options = { application: 'gamemetrics-check', timeoutMs: reachTimeoutMs };
  try {
    return await askOnce(endpoint, options, question);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw (
      redisFailure(error, endpoint, place) ??
      (await brokenConnection(error, place, tls)) ??
      unexpectedAnswer(error, place)
    );
  }
}

/** The failure of TLS behind an error; undefined if TLS was not the reason. */
async function brokenConnection(
  error: unknown,
  place: Place,
  tls: ConnectionOptions | undefined,
): Promise<Failure | undefined> {
  if (replyCode(error) !== undefined) return undefined;
  if (tls !== undefined) {
    return tlsFailure(error, place) ?? refusedAfterHandshake(await reach(place, tls), place);
  }
  if (!(await speaksTls(place))) return undefined;
  return new Failure(`${place.service} at ${nameOf(place)} speaks TLS, and was not asked to`, {
    code: 'service_failed',
    cure: 'Begin REDIS_URL with rediss://, or set REDIS_TLS to true.',
  });
}

function unexpectedAnswer(error: unknown, place: Place): Failure {
  const message = `cannot work with ${place.service} at ${nameOf(place)}: ${describeError(error)}`;
  const cure = `See what listens there, or correct ${place.variables.address}.`;
  // Other replies pass, such as that of a server which is loading its data.
  if (replyCode(error) === 'ERR') {
    return new Failure(message, { code: 'service_failed', cure, cause: error });
  }
  return new Unreachable(message, cure, error);
}
