import type { Queryable } from '../../../stores/postgres/database.js';
import { loadSql } from '../../../stores/postgres/sql.js';
import { playerSessionKey, playerStatsKey } from '../../contract/redisKeys.js';
import type { PipelineContext } from '../../runtime/context.js';
import type { ConsumerDefinition } from '../definition.js';
import { defineEventConsumer } from '../eventConsumer.js';
import { identityLedger } from '../ledger.js';
import { foldByPlayer, sessionPauseMs, type PlayerDelta } from './fold.js';
import { totalsToHashes, totalsToRecord, type Totals } from './totals.js';

const addStatistics = loadSql('add_statistics');
const lockPage = loadSql('lock_statistics_page');
const lockStatistics = loadSql('lock_statistics');

const pageRows = 1_000;

/** The statistics aggregator: maintains each player's totals in PostgreSQL, Redis and player.statistics. */
export function createStatistics(context: PipelineContext): ConsumerDefinition {
  const { namespace, now } = context;
  return defineEventConsumer(context, {
    role: 'statistics',
    ledger: identityLedger(loadSql('insert_statistics_ledger')),
    async storeNew(tx, _partition, events) {
      const deltas = foldByPlayer(
        events.map(({ event }) => event),
        now(),
      );
      const totals = await addToTotals(tx, deltas);
      const touched = new Map(deltas.map((delta) => [delta.playerId, delta.byType]));
      return {
        derived: totals.map((row) => totalsToRecord(namespace, row, now())),
        writes: {
          hashes: totals.flatMap((row) =>
            totalsToHashes(namespace, row, touched.get(row.player_id)?.keys() ?? []),
          ),
          sets: [],
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
  });
}

/** Adds a batch's deltas to the stored totals. @returns the new totals */
async function addToTotals(tx: Queryable, deltas: readonly PlayerDelta[]): Promise<Totals[]> {
  if (deltas.length === 0) return [];
  return tx.query<Totals>(addStatistics, [
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
}
