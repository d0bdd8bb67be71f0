import { afterAll, beforeAll, expect, it } from 'vitest';

import type { GameMetrics } from '../../../src/index.js';
import { event, score } from '../../support/events.js';
import { createPipeline, describePipeline } from '../../support/pipeline.js';
import { until } from '../../support/until.js';

describePipeline('the pipeline', () => {
  let gm: GameMetrics;
  beforeAll(async () => {
    gm = await createPipeline();
  });
  afterAll(async () => gm.stop());

  it('stores an event in every sink', async () => {
    const [sent] = await gm.send(event({ player_id: 'everywhere', data: { new_level: 5 } }));
    expect(sent).toMatchObject({ kind: 'accepted' });
    await gm.waitDrained();
    const rows = await gm.query('SELECT * FROM events WHERE player_id = $1', ['everywhere']);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ event_type: 'player_level_up', data: { new_level: 5 } });
    const [totals] = await gm.query('SELECT * FROM player_statistics WHERE player_id = $1', [
      'everywhere',
    ]);
    expect(totals).toMatchObject({ total_events: 1, event_breakdown: { player_level_up: 1 } });
    const { namespace } = gm.endpoints;
    const hash = await gm.redis.hgetall(`${namespace}player_stats:everywhere`);
    expect(hash).toMatchObject({ total_events: '1', event_player_level_up: '1' });
    const session = await gm.redis.hgetall(`${namespace}player_session:everywhere`);
    expect(session).toMatchObject({ events: '1', game_id: 'game-1' });
    expect(await gm.redis.pttl(`${namespace}player_session:everywhere`)).toBeGreaterThan(0);
  });

  it('counts an event_id once per player after several deliveries', async () => {
    const id = '0197a000-0000-7000-8000-000000000001';
    const twice = score('twice', 10, { event_id: id, game_id: 'dups' });
    const answers = [...(await gm.send(twice)), ...(await gm.send(twice, twice))];
    answers.push(...(await gm.send({ ...twice, player_id: 'another' })));
    expect(answers.map(({ kind }) => kind)).toEqual(Array(4).fill('accepted'));
    await gm.waitDrained();
    const counts = await gm.query(
      `SELECT player_id, total_events FROM player_statistics
       WHERE player_id IN ('twice', 'another') ORDER BY player_id`,
    );
    expect(counts).toEqual([
      { player_id: 'another', total_events: 1 },
      { player_id: 'twice', total_events: 1 },
    ]);
    expect(await gm.query(`SELECT 1 FROM events WHERE event_id = $1`, [id])).toHaveLength(2);
    const key = `${gm.endpoints.namespace}leaderboard:dups:alltime`;
    expect(await gm.redis.zrange(key, 0, -1, 'WITHSCORES')).toEqual([
      'another',
      '10',
      'twice',
      '10',
    ]);
  });

  it('commits the offsets of the groups to Kafka for its own tools', async () => {
    const topic = `${gm.endpoints.namespace}player.events.raw`;
    await gm.send(event({ player_id: 'committed' }));
    await gm.waitDrained();
    const admin = gm.kafka.admin();
    await admin.connect();
    const ends = await admin.fetchTopicOffsets(topic);
    const written = ends.filter(({ high }) => high !== '0');
    for (const service of ['event-logger', 'stats-aggregator', 'leaderboard-manager']) {
      const groupId = `${gm.endpoints.namespace}${service}-group`;
      await until(async () => {
        const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
        return written.every(({ partition, high }) =>
          offsets?.partitions.some((each) => each.partition === partition && each.offset === high),
        );
      });
    }
    await admin.disconnect();
  });

  it('adds scores to the boards of their own day and week, with a shared rank for ties', async () => {
    await gm.send(
      score('a', 10, { game_id: 'chess', timestamp: '2026-11-22T23:59:59.999Z' }),
      score('a', 5, { game_id: 'chess', timestamp: '2026-11-23T00:00:00Z' }),
      score('b', 7, { game_id: 'chess', timestamp: '2026-11-23T01:00:00+01:00' }),
      score('c', -2, { game_id: 'chess', timestamp: '2026-11-23T10:00:00Z' }),
      score('c', 7, { game_id: 'chess', timestamp: '2026-11-23T10:00:00Z' }),
    );
    await gm.waitDrained();
    const rows = await gm.query(
      `SELECT period, window_start, rank, player_id, score FROM leaderboards WHERE game_id = 'chess'
       ORDER BY period, window_start, rank, player_id DESC`,
    );
    expect(rows).toEqual([
      { period: 'alltime', window_start: '1970-01-01', rank: 1, player_id: 'a', score: 15 },
      { period: 'alltime', window_start: '1970-01-01', rank: 2, player_id: 'b', score: 7 },
      { period: 'alltime', window_start: '1970-01-01', rank: 3, player_id: 'c', score: 5 },
      { period: 'daily', window_start: '2026-11-22', rank: 1, player_id: 'a', score: 10 },
      { period: 'daily', window_start: '2026-11-23', rank: 1, player_id: 'b', score: 7 },
      { period: 'daily', window_start: '2026-11-23', rank: 2, player_id: 'c', score: 5 },
      { period: 'daily', window_start: '2026-11-23', rank: 2, player_id: 'a', score: 5 },
      { period: 'weekly', window_start: '2026-11-16', rank: 1, player_id: 'a', score: 10 },
      { period: 'weekly', window_start: '2026-11-23', rank: 1, player_id: 'b', score: 7 },
      { period: 'weekly', window_start: '2026-11-23', rank: 2, player_id: 'c', score: 5 },
      { period: 'weekly', window_start: '2026-11-23', rank: 2, player_id: 'a', score: 5 },
    ]);
    expect((await gm.verify()).differences).toEqual([]);
  });

  it('keeps the top 100 of a board without stale rows', async () => {
    const players = Array.from(
      { length: 130 },
      (_, index) => `player-${String(index).padStart(3, '0')}`,
    );
    await gm.send(
      ...players.map((player, index) => score(player, index + 1, { game_id: 'crowd' })),
    );
    await gm.waitDrained();
    // The last player overtakes all, so the hundredth row must be removed.
    await gm.send(score('player-000', 1_000, { game_id: 'crowd' }));
    await gm.waitDrained();
    const rows = await gm.query<{ player_id: string; rank: number }>(
      `SELECT player_id, rank FROM leaderboards WHERE game_id = 'crowd' AND period = 'alltime' ORDER BY rank`,
    );
    expect(rows).toHaveLength(100);
    expect(rows[0]).toEqual({ player_id: 'player-000', rank: 1 });
    expect(rows.at(-1)).toEqual({ player_id: 'player-031', rank: 100 });
    expect((await gm.verify()).differences).toEqual([]);
  });
});
