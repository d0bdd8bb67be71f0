import { partitionsBehind } from '../../pipeline/projection/behind.js';
import type { Stores } from '../../pipeline/runtime/stores.js';
import { examine, type Finding, type Look } from '../finding.js';

const redisCure =
  'Check REDIS_URL (or REDIS_HOST, REDIS_PORT, REDIS_PASSWORD), and that Redis runs.';

/** ZRANGE … REV is there since then. */
const leastVersion = [6, 2] as const;

export const redisCheck = 'Redis is up to date';

/**
 * "Redis not updating": can it be written, does it keep what it has, and does it show the latest?
 * @param comparable whether PostgreSQL can be asked what the latest is
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
  const field = (name: string) => new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(info)?.[1] ?? '';
  const version = field('redis_version');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < leastVersion[0] || (major === leastVersion[0] && minor < leastVersion[1])) {
    const detail = `version ${version} is too old`;
    return { state: 'failed', detail, cure: 'Use Redis 6.2 or newer, or Valkey.' };
  }
  if (field('role') === 'slave') {
    const cure = 'Correct REDIS_URL: it must be the master.';
    return { state: 'failed', detail: 'it is a replica: it takes no writes', cure };
  }
  const policy = field('maxmemory_policy');
  if (policy !== '' && policy !== 'noeviction') {
    const cure = 'Set maxmemory-policy noeviction: boards lose players otherwise.';
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
      'It heals with the next event, where the consumers run: "gamemetrics logs worker" says what ' +
      'keeps them from it.',
  };
}
