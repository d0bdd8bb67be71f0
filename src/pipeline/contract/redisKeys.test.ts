import { expect, it } from 'vitest';

import { boardKey, boardOfKey, currentBoardKey } from './redisKeys.js';
import { periods, windowAt } from './windows.js';

const nowMs = Date.parse('2026-11-24T12:00:00Z');

it.each(periods)('boardOfKey returns the %s board of a key for any game name', (period) => {
  const window = windowAt(period, nowMs);
  for (const game_id of ['g', 'a:b', 'x:daily', 'leaderboard:alltime', '']) {
    const board = { game_id, period, window_start: window.start };
    const expected = game_id === '' ? undefined : board;
    expect(boardOfKey('ns.', boardKey('ns.', game_id, window), nowMs)).toEqual(expected);
    if (period === 'alltime') continue;
    expect(boardOfKey('ns.', currentBoardKey('ns.', game_id, period), nowMs)).toEqual(expected);
  }
});

it.each([
  'leaderboard:',
  'leaderboard:g',
  'leaderboard:g:weekly:2026-W99',
  'leaderboard:g:monthly',
])('boardOfKey returns undefined for %s', (key) => {
  expect(boardOfKey('', key, nowMs)).toBeUndefined();
});
