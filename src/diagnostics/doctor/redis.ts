import { partitionsBehind } from '../../pipeline/projection/behind.js';
import type { Stores } from '../../pipeline/runtime/stores.js';
import { examine, type Finding, type Look } from '../finding.js';
import { oldestVersion, parseServerInfo } from '../redis/serverInfo.js';

const redisCure =
  'Check REDIS_URL (or REDIS_HOST, REDIS_PORT, REDIS_PASSWORD), and that Redis runs.';

export const redisCheck = 'Redis is up to date';

/**
 * Answers "Redis not updating": whether Redis is writable, keeps its keys, and is up to date.
 * @param comparable whether PostgreSQL is there to compare Redis with
 */
export async function examineRedis(stores: Stores, comparable: boolean): Promise<Finding> {
  const look = async (): Promise<Look> => {
    const server = serverLook(await stores.redis.info());
    if (server.state !== 'ok' || !comparable) return server;
    return (await projectionLook(stores)) ?? server;
  };
  return examine(redisCheck, look, redisCure);
}

/** @param info what INFO answers */
export function serverLook(info: string): Look {
  const { version, isTooOld, role, maxmemoryPolicy: policy } = parseServerInfo(info);
  if (isTooOld) {
    const detail = `version ${version} is too old`;
    return { state: 'failed', detail, cure: `Use Redis ${oldestVersion} or newer, or Valkey.` };
  }
  if (role === 'slave') {
    const cure = 'Correct REDIS_URL: it must be the master.';
    return { state: 'failed', detail: 'it is a replica: it takes no writes', cure };
  }
  if (policy !== '' && policy !== 'noeviction') {
    const cure = 'Set maxmemory-policy to noeviction: otherwise boards lose players.';
    return { state: 'warning', detail: `it may evict keys (${policy})`, cure };
  }
  return { state: 'ok', detail: `version ${version}` };
}

/** @returns undefined if Redis shows everything that PostgreSQL has */
async function projectionLook(stores: Stores): Promise<Look | undefined> {
  const behind = (await partitionsBehind(stores)).map(({ group, partition, shown, stored }) => {
    return `${group} partition ${partition}: ${shown} of ${stored}`;
  });
  if (behind.length === 0) return undefined;
  return {
    state: 'failed',
    detail: `Redis is behind PostgreSQL (${behind.join(', ')})`,
    cure:
      'The consumers rebuild it while they run: see "gamemetrics logs worker" for what keeps them ' +
      'from it.',
  };
}
