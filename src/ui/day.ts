import type { DayStatistics } from '../pipeline/queries/day.js';

import { renderTable } from './table.js';
import type { Screen } from './terminal.js';

/** What happened on a day, as text: a row an event type, and one of them all. */
export function dayText(day: DayStatistics, screen: Screen): string {
  const table = renderTable(
    {
      head: ['event type', 'events', 'players'],
      rows: [
        ...day.types.map(({ event_type, events, players }) => [event_type, events, players]),
        ['all', day.events, day.players],
      ],
    },
    screen,
  );
  return screen.interactive ? `events of ${day.day} in ${day.games} games\n${table}` : table;
}
