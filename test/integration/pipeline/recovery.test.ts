import { expect, it } from 'vitest';

import { score } from '../../support/events.js';
import { createPipeline, describePipeline } from '../../support/pipeline.js';

const players = ['ann', 'bob', 'cy', 'dee', 'eve', 'flo'];
const scores = (points: number): ReturnType<typeof score>[] =>
  players.map((player) => score(player, points));

describePipeline('the pipeline after a loss', () => {
  it('rebuilds Redis after all its keys were deleted', async () => {
    await using gm = await createPipeline();
    await gm.send(...scores(5));
    await gm.waitDrained();
    const keys = await gm.redis.keys(`${gm.endpoints.namespace}*`);
    await gm.redis.del(keys);
    await gm.send(...scores(3));
    await gm.waitDrained();
    expect((await gm.verify()).differences).toEqual([]);
    const board = `${gm.endpoints.namespace}leaderboard:game-1:alltime`;
    expect(await gm.redis.zscore(board, 'ann')).toBe('8');
  });

  it('rebuilds Redis if its data is from another database', async () => {
    await using gm = await createPipeline();
    const { namespace } = gm.endpoints;
    await gm.redis.hset(`${namespace}stats-aggregator-group:projection`, 'database', 'another');
    await gm.redis.hset(`${namespace}player_stats:ghost`, 'total_events', '9');
    await gm.send(...scores(1));
    await gm.waitDrained();
    expect(await gm.redis.exists(`${namespace}player_stats:ghost`)).toBe(0);
    expect((await gm.verify()).differences).toEqual([]);
  });

  it('rereads records after a stored offset that is too low without counting twice', async () => {
    await using gm = await createPipeline();
    await gm.send(...scores(2));
    await gm.waitDrained();
    await gm.stopRoles();
    await gm.query('UPDATE consumer_offsets SET next_offset = 0, anchor = NULL');
    await gm.startRoles();
    await gm.send(...scores(2));
    await gm.waitDrained();
    expect((await gm.verify()).differences).toEqual([]);
    const sql = `SELECT total_events FROM player_statistics WHERE player_id = 'ann'`;
    expect(await gm.query(sql)).toEqual([{ total_events: 2 }]);
  });

  it('reads a replaced log from its start', async () => {
    await using gm = await createPipeline();
    await gm.send(...scores(2));
    await gm.waitDrained();
    await gm.stopRoles();
    // As if the topic had been recreated and had grown: these offsets have other records.
    await gm.query(
      `UPDATE consumer_offsets SET anchor = decode('00', 'hex') WHERE anchor IS NOT NULL`,
    );
    await gm.query('DELETE FROM events');
    await gm.startRoles();
    await gm.send(...scores(4));
    await gm.waitDrained();
    expect(await gm.query('SELECT 1 FROM events')).toHaveLength(2 * players.length);
    expect((await gm.verify()).differences).toEqual([]);
  });

  it('consumes events that were sent while no consumer was running', async () => {
    await using gm = await createPipeline();
    await gm.send(...scores(1));
    await gm.stopRoles();
    await gm.startRoles();
    await gm.waitDrained();
    expect((await gm.verify()).compared).toMatchObject({ events: players.length });
  });
});
