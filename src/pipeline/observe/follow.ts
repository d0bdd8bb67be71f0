import { setTimeout as sleep } from 'node:timers/promises';

import { loadSql } from '../../stores/postgres/sql.js';
import type { EventRow } from '../queries/event.js';
import type { Stores } from '../stores.js';

const selectEventsSince = loadSql('select_events_since');

const pollMs = 250;
const pageRows = 2_000;

/** A transaction becomes visible this long after it began, at most: so far back is looked again. */
const overlapMs = 10_000;

/**
 * The events that are stored from now on, in about the order of storing, each once, until the
 * signal aborts.
 */
export async function* followEvents(
  { database }: Stores,
  signal: AbortSignal,
): AsyncGenerator<EventRow, void> {
  const [clock] = await database.query<{ now: Date }>('SELECT now()');
  const startMs = clock?.now.getTime() ?? Date.now();
  let sinceMs = startMs;
  const seen = new Map<string, number>();
  while (!signal.aborted) {
    const rows = await database.query<EventRow>(selectEventsSince, [new Date(sinceMs), pageRows]);
    for (const row of rows) {
      const place = `${row.kafka_partition}:${row.kafka_offset}`;
      if (seen.has(place)) continue;
      seen.set(place, row.created_at.getTime());
      yield row;
    }
    const last = rows.at(-1)?.created_at.getTime() ?? sinceMs;
    if (rows.length === pageRows) {
      sinceMs = last;
      continue;
    }
    sinceMs = Math.max(startMs, last - overlapMs);
    for (const [place, createdMs] of seen) if (createdMs < sinceMs) seen.delete(place);
    // An abort is no error here: the loop looks at the signal.
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
  }
}
