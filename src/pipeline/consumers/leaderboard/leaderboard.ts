import type { Queryable } from '../../../stores/postgres/database.js';
import { loadSql } from '../../../stores/postgres/sql.js';
import { anyBoardKey } from '../../contract/redisKeys.js';
import type { PipelineContext } from '../../runtime/context.js';
import type { ConsumerDefinition } from '../definition.js';
import { defineEventConsumer } from '../eventConsumer.js';
import { identityLedger } from '../ledger.js';
import {
  foldByBoard,
  isScore,
  scoresToSets,
  type Board,
  type ScoreDelta,
  type ScoreRow,
} from './boards.js';

const addScores = loadSql('add_scores');
const lockPage = loadSql('lock_scores_page');

const pageRows = 2_000;

/**
 * The leaderboard manager: maintains the players' scores per board in PostgreSQL and in Redis.
 * @param onChanged receives the boards that a committed batch changed: their tops are out of date
 */
export function createLeaderboard(
  context: PipelineContext,
  onChanged: (boards: readonly Board[]) => void,
): ConsumerDefinition {
  const { namespace, now } = context;
  return defineEventConsumer(context, {
    role: 'leaderboard',
    ledger: identityLedger(loadSql('insert_leaderboard_ledger')),
    accepts: isScore,
    async storeNew(tx, partition, events) {
      const deltas = foldByBoard(events.map(({ event }) => event));
      const rows = await addToScores(tx, partition, deltas);
      return {
        derived: [],
        writes: { hashes: [], sets: scoresToSets(namespace, rows, now()) },
        committed: () => {
          if (deltas.length > 0) onChanged(deltas);
        },
      };
    },
    projection: {
      keys: [anyBoardKey(namespace)],
      async page(tx, after) {
        const from = after as ScoreRow | undefined;
        const rows = await tx.query<ScoreRow>(lockPage, [
          from?.game_id ?? '',
          from?.period ?? '',
          from?.window_start ?? '1970-01-01',
          from?.player_id ?? '',
          pageRows,
        ]);
        const last = rows.at(-1);
        if (last === undefined) return undefined;
        const sets = scoresToSets(namespace, rows, now());
        return { writes: { hashes: [], sets }, next: last };
      },
    },
  });
}

/** Adds a batch's deltas to the stored scores, and marks the boards. @returns the new scores */
async function addToScores(
  tx: Queryable,
  partition: number,
  deltas: readonly ScoreDelta[],
): Promise<ScoreRow[]> {
  if (deltas.length === 0) return [];
  return tx.query<ScoreRow>(addScores, [
    deltas.map((delta) => delta.gameId),
    deltas.map((delta) => delta.period),
    deltas.map((delta) => delta.start),
    deltas.map((delta) => delta.playerId),
    deltas.map((delta) => String(delta.added)),
    partition,
  ]);
}
