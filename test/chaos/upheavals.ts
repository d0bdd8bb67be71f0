import { setTimeout as sleep } from 'node:timers/promises';

import type { FaultyPipeline } from '../faults/faultyPipeline.js';
import { seededRandom } from '../faults/random.js';

/** A disturbance of a store's data or sessions, which must not affect accepted events. */
export interface Upheaval {
  readonly what: string;
  readonly run: (pipeline: FaultyPipeline) => Promise<void>;
}

/** They affect all keys of Redis, since the pipeline has its own instance. */
export const upheavals: readonly Upheaval[] = [
  {
    // Sometimes this is the response to a COMMIT, whose outcome is then unknown.
    what: 'truncate responses of PostgreSQL repeatedly for 3 s',
    run: async ({ links }) => {
      const random = seededRandom(1);
      for (let time = 0; time < 15; time += 1) {
        links.postgres.truncateAnswers(1, random.between(0, 600), random);
        await sleep(200);
      }
    },
  },
  {
    what: 'flush Redis',
    run: async ({ direct }) => {
      await direct.redis.flushall();
    },
  },
  {
    what: 'restore Redis from a snapshot of 2 s ago',
    run: async ({ direct: { redis } }) => {
      const keys = await redis.keys('*');
      const dumps = await Promise.all(keys.map(async (key) => redis.dumpBuffer(key)));
      await sleep(2_000);
      const restore = redis.multi().flushall();
      for (const [index, key] of keys.entries()) {
        const dump = dumps[index];
        if (dump !== undefined) restore.restore(key, 0, dump);
      }
      await restore.exec();
    },
  },
  {
    what: 'fill Redis for 2 s',
    run: async ({ direct: { redis } }) => {
      await redis.config('SET', 'maxmemory', '1');
      await sleep(2_000);
      await redis.config('SET', 'maxmemory', '0');
    },
  },
  {
    what: 'terminate every PostgreSQL session except ours',
    run: async ({ direct }) => {
      await direct.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name NOT IN ('gamemetrics-cli', '')`,
      );
    },
  },
  {
    what: 'lock the statistics and the scores for 2 s',
    run: async ({ direct }) => {
      const client = await direct.postgres.connect();
      try {
        await client.query('BEGIN; LOCK TABLE player_statistics, player_scores');
        await sleep(2_000);
        await client.query('ROLLBACK');
      } finally {
        client.release();
      }
    },
  },
];
