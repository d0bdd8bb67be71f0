import type { PlayerRow } from '../pipeline/read/player.js';
import { renderFacts } from './terminal/table.js';
import type { Screen } from './terminal/terminal.js';

/** A player's statistics as text: totals, then each event type's count, then the last session. */
export function playerText(player: PlayerRow, screen: Screen): string {
  const byType = Object.entries(player.event_breakdown).sort(
    ([typeA, a], [typeB, b]) => b - a || typeA.localeCompare(typeB),
  );
  return renderFacts(
    [
      ['player', player.player_id],
      ['total events', player.total_events],
      ...byType.map(([type, count]) => [`  ${type}`, count] as const),
      ['last event', player.last_event_at.toISOString()],
      ['last session', player.session_game_id],
      ['  started', player.session_started_at.toISOString()],
      ['  last event', player.session_last_at.toISOString()],
      ['  events', player.session_events],
    ],
    screen,
  );
}
