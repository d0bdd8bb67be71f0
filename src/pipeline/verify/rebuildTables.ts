import { setTimeout as sleep } from 'node:timers/promises';

import type { KafkaProducer } from '../../stores/kafka/producer.js';
import type { Queryable } from '../../stores/postgres/database.js';
import { loadSql } from '../../stores/postgres/sql.js';
import { Failure } from '../../util/failure.js';
import { totalsToRecord, type Totals } from '../consumers/statistics/totals.js';
import { services } from '../contract/topics.js';
import type { ProjectedRole } from '../projection/behind.js';
import type { Stores } from '../runtime/stores.js';
import { playerPages } from './pages.js';
import { repairWithConsumersPaused, type PausedRepair } from './pausedConsumers.js';
import { rewriteHashes, rewriteScores } from './rebuildRedis.js';
import { findScores } from './redisBoards.js';
import { findHashes } from './redisStatistics.js';
import {
  differingPlayers,
  differingScores,
  groupAndLogger,
  type BoardPlace,
  type FindDiffering,
  type PlayerRow,
} from './tables.js';

const countAhead = loadSql('count_ahead');
const repairStatistics = loadSql('repair_statistics');
const repairScores = loadSql('repair_scores');

/** Rows per transaction; the role's consumers are paused during each. */
const rowsAtOnce = 1_000;

/** Maximum time to pause a role's consumers until the logger has caught up, in milliseconds. */
const loggerMs = 5_000;
const pollMs = 20;

/** Rebuilds player_statistics rows that differ from `events`. Yields the players per transaction. */
export async function* rebuildStatistics(
  stores: Stores,
  producer: KafkaProducer,
): AsyncGenerator<number> {
  yield* rebuildPages(
    stores,
    'statistics',
    differingPlayers,
    async ({ tx, rewrite }, players, groups) => {
      const { namespace, now } = stores;
      const values = [services.statistics, ...groups, players];
      const rows = await tx.query<Totals>(repairStatistics, values);
      await rewriteHashes(rewrite, await findHashes(stores, tx, players));
      // After Redis, which rejects the writes of a repair that lost its locks.
      await producer.send(rows.map((row) => totalsToRecord(namespace, row, now())));
    },
  );
}

/** Rebuilds player_scores rows that differ from `events`. Yields the players per transaction. */
export async function* rebuildScores(stores: Stores): AsyncGenerator<number> {
  yield* rebuildPages(
    stores,
    'leaderboard',
    differingScores,
    async ({ tx, rewrite }, players, groups) => {
      const values = [services.leaderboard, ...groups, players];
      const changed = await tx.query<BoardPlace>(repairScores, values);
      await rewriteScores(stores, rewrite, await findScores(stores, tx, changed));
    },
  );
}

type Rebuild = (
  repair: PausedRepair,
  players: readonly string[],
  groups: readonly [own: string, logger: string],
) => Promise<void>;

/** Redis and Kafka are written before COMMIT, so the next repair rebuilds a failed page completely. */
async function* rebuildPages(
  stores: Stores,
  role: ProjectedRole,
  find: FindDiffering<PlayerRow>,
  rebuild: Rebuild,
): AsyncGenerator<number> {
  const { database, namespace } = stores;
  const groups = groupAndLogger(namespace, role);
  for await (const page of playerPages(stores)) {
    for (let rest = page; ;) {
      const rows = await find(database, namespace, rest, rowsAtOnce);
      const last = rows.at(-1);
      if (last === undefined) break;
      const players = [...new Set(rows.map(({ player_id }) => player_id))];
      await repairWithConsumersPaused(stores, role, async (repair) => {
        await untilLoggerCaughtUp(repair.tx, groups);
        await rebuild(repair, players, groups);
      });
      yield players.length;
      if (rows.length < rowsAtOnce) break;
      rest = { ...rest, after: last.player_id };
    }
  }
}

/** Waits until `events` has all events that the group has counted. @throws Failure (service_failed) */
async function untilLoggerCaughtUp(
  tx: Queryable,
  groups: readonly [own: string, logger: string],
): Promise<void> {
  const deadline = performance.now() + loggerMs;
  for (;;) {
    const [ahead] = await tx.query<{ partitions: number }>(countAhead, groups);
    if (ahead?.partitions === 0) return;
    if (performance.now() > deadline) {
      throw new Failure('the logger is behind the other consumers and makes no progress', {
        code: 'logger_behind',
      });
    }
    await sleep(pollMs);
  }
}
