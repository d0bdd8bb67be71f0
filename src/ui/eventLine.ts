import type { EventRow } from '../pipeline/read/event.js';
import type { Screen } from './terminal/terminal.js';
import { printable } from './terminal/text.js';

const columns = { type: 22, player: 20, game: 16 } as const;

/** A stored event as one line: aligned and truncated for a terminal, tab-separated for a pipe. */
export function eventLine(event: EventRow, screen: Screen): string {
  const { event_type: type, player_id: player, game_id: game } = event;
  const data = JSON.stringify(event.data);
  const at = event.ingested_at.toISOString();
  if (!screen.interactive) {
    return [at, event.event_id, type, player, game, data].map(printable).join('\t');
  }
  const line = [
    at.slice(11, 23),
    type.padEnd(columns.type),
    player.padEnd(columns.player),
    game.padEnd(columns.game),
    data,
  ].join(' ');
  return printable(line).slice(0, screen.columns);
}
