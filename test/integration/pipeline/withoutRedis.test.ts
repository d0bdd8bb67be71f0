import { createServer } from 'node:net';

import { v7 as uuidv7 } from 'uuid';
import { expect, it } from 'vitest';

import type { Endpoints } from '../../../src/index.js';
import { listEvents } from '../../../src/pipeline/read/events.js';
import { getJourney } from '../../../src/pipeline/read/journey.js';
import { getLeaderboard } from '../../../src/pipeline/read/leaderboard.js';
import { getPlayerStatistics } from '../../../src/pipeline/read/player.js';
import { openStores } from '../../../src/pipeline/runtime/stores.js';
import { StoreUnavailable } from '../../../src/stores/errors.js';
import { score } from '../../support/events.js';
import { createPipeline, describePipeline } from '../../support/pipeline.js';

/** A port on which no process listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describePipeline('readers', () => {
  it('return the data of PostgreSQL while Redis is down and report what is unknown', async () => {
    await using gm = await createPipeline();
    const id = uuidv7();
    await gm.send(score('player-1', 5, { event_id: id }));
    await gm.waitDrained();
    const redis: Endpoints['redis'] = { host: '127.0.0.1', port: await closedPort() };
    await using stores = openStores({ ...gm.endpoints, redis });

    expect(await getPlayerStatistics(stores.database, 'player-1')).toMatchObject({
      total_events: 1,
    });
    expect(await listEvents(stores.database, {}, 0, 10)).toHaveLength(1);
    const journey = await getJourney(stores, id);
    const boards = journey.events[0]?.stages.filter(({ name }) => name === 'leaderboard') ?? [];
    expect(boards.map(({ state, detail }) => [state, detail])).toEqual(
      Array.from({ length: 3 }, () => [
        'done',
        'counted; the rank is unknown because Redis does not answer',
      ]),
    );
    const board = getLeaderboard(stores, {
      gameId: 'game-1',
      period: 'alltime',
      atMs: Date.now(),
      limit: 1,
    });
    await expect(board).rejects.toThrow(StoreUnavailable);
  });
});
