import fc from 'fast-check';
import { expect, it } from 'vitest';

import { rankRows } from './rank.js';

it('in any range of a board, ties share the rank that they have on the whole board', () => {
  const scores = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(scores, fc.nat(), fc.integer({ min: 1, max: 40 }), (given, at, limit) => {
      const board = given
        .map((score, index) => ({ player_id: `player-${index}`, score }))
        .sort((a, b) => b.score - a.score);
      const higher = (score: number): number => given.filter((other) => other > score).length;
      const first = at % board.length;
      const run = board.slice(first, first + limit);
      const ranked = rankRows(run, first, higher(run[0]?.score ?? 0));
      expect(ranked).toEqual(run.map((row) => ({ rank: 1 + higher(row.score), ...row })));
    }),
  );
});
