import { boardKey, currentBoardKey } from '../contract/redisKeys.js';
import { keptUntilMs, windowAt, windowStarting } from '../contract/windows.js';
import type { Stores } from '../runtime/stores.js';
import type { BoardRow } from './tops.js';

/** The set of the current window is replaced within this time of the window's end, in milliseconds. */
const rollMs = 10_000;

/** The keys of the sorted sets that must contain a board's rows of player_scores. */
export function keysOf({ namespace, now }: Stores, board: BoardRow): string[] {
  const window = windowStarting(board.period, board.window_start);
  if (keptUntilMs(window) <= now()) return [];
  const dated = boardKey(namespace, board.game_id, window);
  if (board.period === 'alltime') return [dated];
  // Near a window's end, the current set may contain either window.
  const shown = [now(), now() - rollMs, now() + rollMs].every((atMs) => {
    return windowAt(board.period, atMs).start === board.window_start;
  });
  return shown ? [dated, currentBoardKey(namespace, board.game_id, board.period)] : [dated];
}
