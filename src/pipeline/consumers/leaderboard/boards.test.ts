import { describe, expect, it } from 'vitest';

import type { PlayerEvent } from '../../contract/event.js';
import { foldByBoard, isScore, scoresToSets, type ScoreRow } from './boards.js';

function scored(playerId: string, score: number, timestamp: string): PlayerEvent {
  return {
    event_id: '0197a000-0000-7000-8000-000000000001',
    event_type: 'player_score',
    player_id: playerId,
    game_id: 'g',
    timestamp,
    ingested_at: timestamp,
    data: { score },
  };
}

describe('foldByBoard', () => {
  it('sums once per board and player, with each event in its own day and week', () => {
    const deltas = foldByBoard([
      scored('b', 5, '2026-11-22T23:59:59Z'),
      scored('b', 7, '2026-11-23T00:00:00Z'),
      scored('a', -1, '2026-11-22T12:00:00Z'),
    ]);
    expect(
      deltas.map(({ period, start, playerId, added }) => [period, start, playerId, added]),
    ).toEqual([
      ['alltime', '1970-01-01', 'a', -1n],
      ['alltime', '1970-01-01', 'b', 12n],
      ['daily', '2026-11-22', 'a', -1n],
      ['daily', '2026-11-22', 'b', 5n],
      ['daily', '2026-11-23', 'b', 7n],
      ['weekly', '2026-11-16', 'a', -1n],
      ['weekly', '2026-11-16', 'b', 5n],
      ['weekly', '2026-11-23', 'b', 7n],
    ]);
  });

  it('is exact for sums that a double cannot represent', () => {
    const most = 2 ** 53;
    const [delta] = foldByBoard([
      scored('a', most, '2026-11-22T00:00:00Z'),
      scored('a', 1, '2026-11-22T00:00:00Z'),
    ]);
    expect(delta?.added).toBe(9007199254740993n);
  });

  it('recognizes a score event by its type', () => {
    const event = scored('a', 1, '2026-11-22T00:00:00Z');
    expect(isScore(event)).toBe(true);
    expect(isScore({ ...event, event_type: 'player_scores' })).toBe(false);
  });
});

describe('scoresToSets', () => {
  const nowMs = Date.parse('2026-11-24T12:00:00Z');
  const row = (period: ScoreRow['period'], window_start: string): ScoreRow => ({
    game_id: 'g',
    period,
    window_start,
    player_id: 'p',
    score: 3,
  });

  it('writes a current window to its dated set and to the set that shows it', () => {
    expect(
      scoresToSets('', [row('daily', '2026-11-24'), row('weekly', '2026-11-23')], nowMs),
    ).toEqual([
      {
        key: 'leaderboard:g:daily:2026-11-24',
        expireAtMs: Date.parse('2026-12-30T00:00:00Z'),
        current: { key: 'leaderboard:g:daily', untilMs: Date.parse('2026-11-25T00:00:00Z') },
        scores: [[3, 'p']],
      },
      {
        key: 'leaderboard:g:weekly:2026-W48',
        expireAtMs: Date.parse('2027-05-31T00:00:00Z'),
        current: { key: 'leaderboard:g:weekly', untilMs: Date.parse('2026-11-30T00:00:00Z') },
        scores: [[3, 'p']],
      },
    ]);
  });

  it('writes a past window only to its dated set, and skips a window that is no longer kept', () => {
    const sets = scoresToSets(
      'ns.',
      [row('daily', '2026-11-01'), row('daily', '2026-10-01')],
      nowMs,
    );
    expect(sets.map(({ key, current }) => [key, current])).toEqual([
      ['ns.leaderboard:g:daily:2026-11-01', undefined],
    ]);
  });

  it('never expires the all-time set', () => {
    expect(scoresToSets('', [row('alltime', '1970-01-01')], nowMs)).toEqual([
      { key: 'leaderboard:g:alltime', scores: [[3, 'p']] },
    ]);
  });
});
