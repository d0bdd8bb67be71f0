import { expect, it } from 'vitest';

import { nearest } from './nearest.js';

const commands = ['up', 'down', 'status', 'tail', 'get event', 'get events', 'get leaderboard'];

it.each([
  ['tial', 'tail'],
  ['staus', 'status'],
  ['Status', 'status'],
  ['get evnt', 'get event'],
  ['get leaderbord', 'get leaderboard'],
  ['get evnt 0190f1c2-7b5e', 'get event'],
  ['tial --view lag', 'tail'],
  ['stauts of it', 'status'],
])('the nearest command to "%s" is "%s"', (typed, meant) => {
  expect(nearest(typed, commands)).toBe(meant);
});

it('an unrelated word has no nearest command', () => {
  expect(nearest('kubernetes', commands)).toBeUndefined();
});
