import type { Queryable } from '../../stores/postgres/database.js';
import { loadSql } from '../../stores/postgres/sql.js';
import { pause } from '../../util/pause.js';
import type { EventRow } from '../read/event.js';
import type { Stores } from '../runtime/stores.js';

const selectEventsSince = loadSql('select_events_since');

const pollMs = 250;
const pageRows = 2_000;

/**
 * How far back each poll reads: an event becomes visible when its transaction commits, at most this
 * long after the transaction began. Events of longer transactions are missed, which a view permits.
 */
const overlapMs = 10_000;

/** The position, in the order of storage, after which a page begins. */
interface Cursor {
  /** created_at as PostgreSQL prints it, to the microsecond. */
  readonly position: string;
  readonly partition: number;
  readonly offset: number;
}

/** Reads PostgreSQL's clock, by which events are followed. */
export async function storingTime({ database }: Stores): Promise<Date> {
  const [clock] = await database.query<{ now: Date }>('SELECT now()');
  return clock?.now ?? new Date();
}

/**
 * Yields the events that are stored from a time on, each once, approximately in the order of storage,
 * until the signal aborts.
 * @param from by PostgreSQL's clock; now when left out
 */
export async function* followEvents(
  stores: Stores,
  signal: AbortSignal,
  from?: Date,
): AsyncGenerator<EventRow, void> {
  const { database } = stores;
  const startMs = (from ?? (await storingTime(stores))).getTime();
  let lastMs = startMs;
  const seen = new Map<string, number>();
  while (!signal.aborted) {
    const sinceMs = Math.max(startMs, lastMs - overlapMs);
    for (const [place, createdMs] of seen) if (createdMs < sinceMs) seen.delete(place);
    for await (const row of eventsSince(database, new Date(sinceMs))) {
      lastMs = Math.max(lastMs, row.created_at.getTime());
      const place = `${row.kafka_partition}:${row.kafka_offset}`;
      if (seen.has(place)) continue;
      seen.set(place, row.created_at.getTime());
      yield row;
    }
    await pause(pollMs, signal);
  }
}

/** Yields all stored events whose transaction began at or after an instant, page by page. */
async function* eventsSince(database: Queryable, since: Date): AsyncGenerator<EventRow, void> {
  let after: Cursor | undefined = { position: since.toISOString(), partition: -1, offset: -1 };
  while (after !== undefined) {
    const { position, partition, offset }: Cursor = after;
    const rows: (EventRow & Pick<Cursor, 'position'>)[] = await database.query(selectEventsSince, [
      position,
      partition,
      offset,
      pageRows,
    ]);
    yield* rows;
    const last = rows.length < pageRows ? undefined : rows.at(-1);
    after = last && {
      position: last.position,
      partition: last.kafka_partition,
      offset: last.kafka_offset,
    };
  }
}
