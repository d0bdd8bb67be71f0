import { loadSql } from '../../../stores/postgres/sql.js';
import { anyBoardKey } from '../../contract/redisKeys.js';
import type { PipelineContext } from '../../runtime/context.js';
import type { ConsumerDefinition } from '../definition.js';
import { byIdentity, deadLetterRecord, firstOfEach, readEvents } from '../records.js';
import { foldByBoard, isScore, scoresToSets, type Board, type ScoreRow } from './boards.js';

const insertLedger = loadSql('insert_leaderboard_ledger');
const addScores = loadSql('add_scores');
const lockPage = loadSql('lock_scores_page');

const pageRows = 2_000;

/**
 * The leaderboard manager: scores a board and player, in PostgreSQL and Redis's sorted sets.
 * @param onChanged told the boards that a committed batch changed: their tops are to be rewritten
 */
export function createLeaderboard(
  context: PipelineContext,
  onChanged: (boards: readonly Board[]) => void,
): ConsumerDefinition {
  const { namespace, now } = context;
  return {
    role: 'leaderboard',
    refuse: (partition, record, error) =>
      deadLetterRecord({ namespace, role: 'leaderboard', partition, record, error, nowMs: now() }),
    async store(tx, partition, records) {
      const { events } = readEvents(records);
      const scores = events.filter(({ event }) => isScore(event));
      const sorted = byIdentity(scores);
      const fresh =
        sorted.length === 0
          ? []
          : await tx.query<{ event_id: string; player_id: string }>(insertLedger, [
              sorted.map(({ event }) => event.event_id),
              sorted.map(({ event }) => event.player_id),
            ]);
      const deltas = foldByBoard(firstOfEach(scores, fresh).map(({ event }) => event));
      const rows =
        deltas.length === 0
          ? []
          : await tx.query<ScoreRow>(addScores, [
              deltas.map((delta) => delta.gameId),
              deltas.map((delta) => delta.period),
              deltas.map((delta) => delta.start),
              deltas.map((delta) => delta.playerId),
              deltas.map((delta) => String(delta.added)),
              partition,
            ]);
      return {
        derived: [],
        writes: { hashes: [], sets: scoresToSets(namespace, rows, now()) },
        counts: {
          duplicate: scores.length - fresh.length,
          skipped: records.length - scores.length,
          dead_lettered: 0,
        },
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
  };
}
