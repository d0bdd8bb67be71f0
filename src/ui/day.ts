import type { DayStatistics } from '../pipeline/read/day.js';
import { renderTable } from './terminal/table.js';
import type { Screen } from './terminal/terminal.js';
import { groupedNumber } from './terminal/text.js';

/** A title such as `statistics of 2026-11-24: 1,000 events of 100 players in 5 games`. */
export function dayTitle({ day, events, players, games }: DayStatistics): string {
  return (
    `statistics of ${day}: ${groupedNumber(events)} events of ${groupedNumber(players)} players ` +
    `in ${groupedNumber(games)} games`
  );
}

/** A day's statistics as a table, one row per event type. */
export function dayText({ types }: DayStatistics, screen: Screen): string {
  return renderTable(
    {
      head: ['event type', 'events', 'players'],
      rows: types.map(({ event_type, events, players }) => [event_type, events, players]),
    },
    screen,
  );
}
