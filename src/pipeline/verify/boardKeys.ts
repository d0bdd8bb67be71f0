import { boardKey, currentBoardKey } from '../contract/redisKeys.js';
import { keptUntilMs, windowAt, windowStarting } from '../contract/windows.js';
import type { Stores } from '../runtime/stores.js';
import type { BoardRow } from './tops.js';

/** The set of the current window is drawn anew within this time of the roll, in milliseconds. */
const rollMs = 10_000;

/** The sets in which a board's rows of player_scores must be. */
export function keysOf({ namespace, now }: Stores, board: BoardRow): string[] {
  const window = windowStarting(board.period, board.window_start);
  if (keptUntilMs(window) <= now()) return [];
  const dated = boardKey(namespace, board.game_id, window);
  if (board.period === 'alltime') return [dated];
  // Just after the roll it may not be there yet, and just before it, not any more.
  const shown = [now(), now() - rollMs, now() + rollMs].every((atMs) => {
    return windowAt(board.period, atMs).start === board.window_start;
  });
  return shown ? [dated, currentBoardKey(namespace, board.game_id, board.period)] : [dated];
}
