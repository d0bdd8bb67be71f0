import { setTimeout as sleep } from 'node:timers/promises';

import type { KafkaProducer } from '../../stores/kafka/producer.js';
import type { Queryable } from '../../stores/postgres/database.js';
import { loadSql } from '../../stores/postgres/sql.js';
import { Failure } from '../../util/failure.js';
import { totalsToRecord, type Totals } from '../consumers/statistics/totals.js';
import { services } from '../contract/topics.js';
import type { Stores } from '../runtime/stores.js';
import { repairHeld, type Held, type PicturedRole } from './held.js';
import { playerPages } from './pages.js';
import { findScores } from './redisBoards.js';
import { findHashes } from './redisStatistics.js';
import { rewriteHashes, rewriteScores } from './redraw.js';
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

/** Rows that one transaction rebuilds; the group's batches wait for it. */
const rowsAtOnce = 1_000;

/** How long a group waits for the logger to come to where it is, in milliseconds. */
const loggerMs = 5_000;
const pollMs = 20;

/** Rebuilds the totals that are not what `events` says. @returns players, by transaction */
export async function* rebuildStatistics(
  stores: Stores,
  producer: KafkaProducer,
): AsyncGenerator<number> {
  yield* rebuildPages(stores, 'statistics', differingPlayers, async (held, players, groups) => {
    const { namespace, now } = stores;
    const { tx, rewrite } = held;
    const values = [services.statistics, ...groups, players];
    const rows = await tx.query<Totals>(repairStatistics, values);
    await rewriteHashes(rewrite, await findHashes(stores, tx, players));
    // After Redis, which refuses a repair that stood still.
    await producer.send(rows.map((row) => totalsToRecord(namespace, row, now())));
  });
}

/** Rebuilds the scores that are not what `events` says. @returns players, by transaction */
export async function* rebuildScores(stores: Stores): AsyncGenerator<number> {
  yield* rebuildPages(stores, 'leaderboard', differingScores, async (held, players, groups) => {
    const { tx, rewrite } = held;
    const values = [services.leaderboard, ...groups, players];
    const changed = await tx.query<BoardPlace>(repairScores, values);
    await rewriteScores(stores, rewrite, await findScores(stores, tx, changed));
  });
}

type Rebuild = (
  held: Held,
  players: readonly string[],
  groups: readonly [own: string, logger: string],
) => Promise<void>;

/** As everything outside PostgreSQL is written before COMMIT, a rebuild that fails is repeated whole. */
async function* rebuildPages(
  stores: Stores,
  role: PicturedRole,
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
      await repairHeld(stores, role, async (held) => {
        await untilLoggerCame(held.tx, groups);
        await rebuild(held, players, groups);
      });
      yield players.length;
      if (rows.length < rowsAtOnce) break;
      rest = { ...rest, after: last.player_id };
    }
  }
}

/** What the group has counted is in `events` then. */
async function untilLoggerCame(
  tx: Queryable,
  groups: readonly [own: string, logger: string],
): Promise<void> {
  const deadline = performance.now() + loggerMs;
  for (;;) {
    const [ahead] = await tx.query<{ partitions: number }>(countAhead, groups);
    if (ahead?.partitions === 0) return;
    if (performance.now() > deadline) {
      throw new Failure('the logger is behind the other consumers, and does not come on', {
        exit: 'serviceFailed',
        cure: 'Start it, or see why it stands still with "gamemetrics status"; then repair again.',
      });
    }
    await sleep(pollMs);
  }
}
