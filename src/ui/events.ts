import type { EventRow } from '../pipeline/read/event.js';
import { renderTable } from './terminal/table.js';
import type { Screen } from './terminal/terminal.js';

/** Least widths of a terminal, in columns, that has room for the player and for the game. */
const room = [70, 100];

/** Stored events as a table, one row each. */
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
  // "get event" shows the rest of an event; its id is there to be copied.
  const columns = 3 + room.filter((least) => screen.columns >= least).length;
  const short = rows.map(([stored = '', ...others]) => [stored.slice(11, 19), ...others]);
  const shown = short.map((row) => row.slice(0, columns));
  return renderTable({ head: head.slice(0, columns), rows: shown, whole: 1 }, screen);
}
