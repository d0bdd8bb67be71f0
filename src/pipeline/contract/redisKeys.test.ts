import { expect, it } from 'vitest';

import { boardKey, boardOfKey, currentBoardKey } from './redisKeys.js';
import { periods, windowAt } from './windows.js';

const nowMs = Date.parse('2026-11-24T12:00:00Z');

it.each(periods)('knows the %s board of a key, whatever the game is called', (period) => {
  const window = windowAt(period, nowMs);
  for (const game_id of ['g', 'a:b', 'x:daily', 'leaderboard:alltime', '']) {
    const board = { game_id, period, window_start: window.start };
    const known = game_id === '' ? undefined : board;
    expect(boardOfKey('ns.', boardKey('ns.', game_id, window), nowMs)).toEqual(known);
    if (period === 'alltime') continue;
    expect(boardOfKey('ns.', currentBoardKey('ns.', game_id, period), nowMs)).toEqual(known);
  }
});

it.each([
  'leaderboard:',
  'leaderboard:g',
  'leaderboard:g:weekly:2026-W99',
  'leaderboard:g:monthly',
])('knows that %s is no board of its own', (key) => {
  expect(boardOfKey('', key, nowMs)).toBeUndefined();
});
