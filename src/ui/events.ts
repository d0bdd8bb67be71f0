import type { EventRow } from '../pipeline/queries/event.js';

import { renderTable } from './table.js';
import type { Screen } from './terminal.js';

/** Stored events, a row each. */
export function eventsText(events: readonly EventRow[], screen: Screen): string {
  const rows = events.map((event) => [
    event.created_at.toISOString(),
    event.event_id,
    event.event_type,
    event.player_id,
    event.game_id,
    event.event_timestamp.toISOString(),
    JSON.stringify(event.data),
  ]);
  const head = ['stored', 'event_id', 'type', 'player', 'game', 'happened', 'data'];
  if (!screen.interactive) return renderTable({ head, rows }, screen);
  // A person has no use for ids and data that are cut off: --json and "get event" show them.
  const short = rows.map(([stored = '', id = '', type = '', player = '', game = '']) => {
    return [stored.slice(11, 23), id, type, player, game];
  });
  return renderTable({ head: head.slice(0, 5), rows: short }, screen);
}
