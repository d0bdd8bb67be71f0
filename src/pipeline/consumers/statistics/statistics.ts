import { loadSql } from '../../../stores/postgres/sql.js';
import { playerSessionKey, playerStatsKey } from '../../contract/redisKeys.js';
import type { PipelineContext } from '../../runtime/context.js';
import type { ConsumerDefinition } from '../definition.js';
import { byIdentity, deadLetterRecord, firstOfEach, readEvents } from '../records.js';
import { foldByPlayer, sessionPauseMs } from './fold.js';
import { totalsToHashes, totalsToRecord, type Totals } from './totals.js';

const insertLedger = loadSql('insert_statistics_ledger');
const addStatistics = loadSql('add_statistics');
const lockPage = loadSql('lock_statistics_page');
const lockStatistics = loadSql('lock_statistics');

const pageRows = 1_000;

/** The statistics aggregator: counts and sessions a player, in PostgreSQL, Redis and player.statistics. */
export function createStatistics(context: PipelineContext): ConsumerDefinition {
  const { namespace, now } = context;
  return {
    role: 'statistics',
    refuse: (partition, record, error) =>
      deadLetterRecord({ namespace, role: 'statistics', partition, record, error, nowMs: now() }),
    async store(tx, _partition, records) {
      const { events, broken } = readEvents(records);
      const sorted = byIdentity(events);
      const fresh =
        sorted.length === 0
          ? []
          : await tx.query<{ event_id: string; player_id: string }>(insertLedger, [
              sorted.map(({ event }) => event.event_id),
              sorted.map(({ event }) => event.player_id),
            ]);
      const deltas = foldByPlayer(
        firstOfEach(events, fresh).map(({ event }) => event),
        now(),
      );
      const totals =
        deltas.length === 0
          ? []
          : await tx.query<Totals>(addStatistics, [
              deltas.map((delta) => delta.playerId),
              deltas.map((delta) => delta.events),
              deltas.map((delta) => JSON.stringify(Object.fromEntries(delta.byType))),
              deltas.map((delta) => new Date(delta.lastEventMs)),
              deltas.map((delta) => new Date(delta.session.startMs)),
              deltas.map((delta) => new Date(delta.session.lastMs)),
              deltas.map((delta) => delta.session.events),
              deltas.map((delta) => delta.session.gameId),
              `${sessionPauseMs} milliseconds`,
            ]);
      const touched = new Map(deltas.map((delta) => [delta.playerId, delta.byType]));
      return {
        derived: totals.map((row) => totalsToRecord(namespace, row, now())),
        writes: {
          hashes: totals.flatMap((row) =>
            totalsToHashes(namespace, row, touched.get(row.player_id)?.keys() ?? []),
          ),
          sets: [],
        },
        counts: {
          duplicate: events.length - fresh.length,
          skipped: broken.length,
          dead_lettered: 0,
        },
      };
    },
    async latest(tx, players) {
      const rows = await tx.query<Totals>(lockStatistics, [players]);
      return rows.map((row) => totalsToRecord(namespace, row, now()));
    },
    projection: {
      keys: [playerStatsKey(namespace, '*'), playerSessionKey(namespace, '*')],
      async page(tx, after) {
        const rows = await tx.query<Totals>(lockPage, [after ?? '', pageRows]);
        const last = rows.at(-1);
        if (last === undefined) return undefined;
        const hashes = rows.flatMap((row) =>
          totalsToHashes(namespace, row, Object.keys(row.event_breakdown)),
        );
        return { writes: { hashes, sets: [] }, next: last.player_id };
      },
    },
  };
}
