import { expect, it } from 'vitest';

import { TestClock, type GameMetrics } from '../../../src/index.js';
import { score } from '../../support/events.js';
import { createPipeline, describePipeline } from '../../support/pipeline.js';
import { until } from '../../support/until.js';

const game = 'game-1';

/** The members of a Redis sorted set, given its key without the namespace. */
async function members(gm: GameMetrics, set: string): Promise<Record<string, number>> {
  const flat = await gm.redis.zrange(
    `${gm.endpoints.namespace}leaderboard:${game}:${set}`,
    0,
    -1,
    'WITHSCORES',
  );
  return Object.fromEntries(
    flat.flatMap((member, index) => (index % 2 === 0 ? [[member, Number(flat[index + 1])]] : [])),
  );
}

async function top(gm: GameMetrics, period: string, start: string): Promise<unknown[]> {
  return gm.query(
    `SELECT player_id, score FROM leaderboards
     WHERE game_id = $1 AND period = $2 AND window_start = $3 ORDER BY rank`,
    [game, period, start],
  );
}

const secondsLeft = async (gm: GameMetrics, key: string): Promise<number> =>
  Math.round((await gm.redis.pttl(`${gm.endpoints.namespace}${key}`)) / 1000);

describePipeline('a pipeline with a test clock', () => {
  it.each(['in-process', 'children'] as const)(
    'rolls, reopens and drops boards and sessions without waiting, with roles %s',
    async (roles) => {
      // Tuesday at noon; the week ends on Sunday.
      const clock = new TestClock('2027-03-02T12:00:00Z');
      await using gm = await createPipeline({ clock, roles });
      await gm.send(score('monday', 1, { timestamp: '2027-03-01T08:00:00Z' }));
      await gm.send(score('tuesday', 2, { timestamp: clock.date.toISOString() }));
      const [early] = await gm.send(score('p', 1, { timestamp: '2027-03-02T12:10:00Z' }));
      expect(early?.kind).toBe('rejected');
      await gm.waitDrained();
      expect(await members(gm, 'daily')).toEqual({ tuesday: 2 });
      expect(await members(gm, 'daily:2027-03-01')).toEqual({ monday: 1 });
      expect(await members(gm, 'weekly')).toEqual({ monday: 1, tuesday: 2 });
      // The TTL of each key follows the test clock.
      const day = 24 * 3600;
      expect(await secondsLeft(gm, `leaderboard:${game}:daily`)).toBeCloseTo(day / 2, -2);
      expect(await secondsLeft(gm, `leaderboard:${game}:daily:2027-03-02`)).toBeCloseTo(
        35.5 * day,
        -2,
      );
      expect(await secondsLeft(gm, 'player_session:tuesday')).toBeCloseTo(30 * 60, -2);
      expect((await gm.verify()).differences).toEqual([]);

      await clock.advance('24h');
      expect(await members(gm, 'daily')).toEqual({});
      expect(await gm.redis.exists(`${gm.endpoints.namespace}player_session:tuesday`)).toBe(0);
      // A late event counts for its own day and for the week, which is still open.
      await gm.send(
        score('late', 3, { timestamp: '2027-03-02T23:59:59.999Z' }),
        score('wednesday', 4, { timestamp: clock.date.toISOString() }),
      );
      await gm.waitDrained();
      expect(await members(gm, 'daily')).toEqual({ wednesday: 4 });
      expect(await members(gm, 'daily:2027-03-02')).toEqual({ tuesday: 2, late: 3 });
      expect(await members(gm, 'weekly')).toEqual({ monday: 1, tuesday: 2, late: 3, wednesday: 4 });
      expect(await top(gm, 'daily', '2027-03-02')).toEqual([
        { player_id: 'late', score: 3 },
        { player_id: 'tuesday', score: 2 },
      ]);
      expect((await gm.verify()).differences).toEqual([]);

      // In the next week, both current boards are empty, and the old week is a separate board.
      await clock.advance(7 * day * 1000);
      expect(await members(gm, 'weekly')).toEqual({});
      expect(Object.keys(await members(gm, 'weekly:2027-W09'))).toHaveLength(4);
      // After 35 days, Redis has expired the daily board; a late event changes it in PostgreSQL.
      await clock.advance(35 * day * 1000);
      expect(await members(gm, 'daily:2027-03-02')).toEqual({});
      await gm.send(score('later', 9, { timestamp: '2027-03-02T00:00:00Z' }));
      await gm.waitDrained();
      expect(await members(gm, 'daily:2027-03-02')).toEqual({});
      expect(await top(gm, 'daily', '2027-03-02')).toMatchObject([
        { player_id: 'later', score: 9 },
        { player_id: 'late' },
        { player_id: 'tuesday' },
      ]);
      expect((await gm.verify()).differences).toEqual([]);
    },
  );

  it('opens the new day at midnight UTC, with an event that arrived minutes early', async () => {
    const midnight = Date.parse('2027-03-08T00:00:00Z');
    const clock = new TestClock('2027-03-07T23:57:00Z');
    await using gm = await createPipeline({ clock });
    await gm.send(
      score('today', 5, { timestamp: clock.date.toISOString() }),
      score('early', 7, { timestamp: '2027-03-08T00:01:00Z' }),
    );
    await gm.waitDrained();
    expect(await members(gm, 'daily')).toEqual({ today: 5 });
    expect(await members(gm, 'weekly')).toEqual({ today: 5 });
    expect(await members(gm, 'daily:2027-03-08')).toEqual({ early: 7 });
    await clock.advance(midnight - clock.now() - 3_000);
    expect(await members(gm, 'daily')).toEqual({ today: 5 });
    // From here on the clock runs by itself and no event arrives: the roles and Redis must do it.
    await until(async () => 'early' in (await members(gm, 'daily')));
    expect(clock.now()).toBeGreaterThanOrEqual(midnight);
    expect(await members(gm, 'daily')).toEqual({ early: 7 });
    await until(async () => 'early' in (await members(gm, 'weekly')));
    expect(await members(gm, 'weekly')).toEqual({ early: 7 });
    expect(await members(gm, 'weekly:2027-W09')).toEqual({ today: 5 });
    expect((await gm.verify()).differences).toEqual([]);
  });

  it('counts an event for its own day if its time has more digits than PostgreSQL stores', async () => {
    await using gm = await createPipeline();
    await gm.send(score('p', 5, { timestamp: '2026-01-05T23:59:59.9999999Z' }));
    await gm.waitDrained();
    expect(await gm.query('SELECT event_timestamp FROM events')).toEqual([
      { event_timestamp: new Date('2026-01-05T23:59:59.999Z') },
    ]);
    expect(await top(gm, 'daily', '2026-01-05')).toEqual([{ player_id: 'p', score: 5 }]);
    expect((await gm.verify()).differences).toEqual([]);
  });
});
