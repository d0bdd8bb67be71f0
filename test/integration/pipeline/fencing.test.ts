import { expect, it } from 'vitest';

import type { GameMetrics } from '../../../src/index.js';
import { playerStatsKey, projectionKey } from '../../../src/pipeline/contract/redisKeys.js';
import { groupName } from '../../../src/pipeline/contract/topics.js';
import { FencedWriter } from '../../../src/pipeline/projection/fencedWriter.js';
import { Projection, type ProjectionSource } from '../../../src/pipeline/projection/projection.js';
import { openStores } from '../../../src/pipeline/runtime/stores.js';
import { repairWithConsumersPaused } from '../../../src/pipeline/verify/pausedConsumers.js';
import { StoreUnavailable } from '../../../src/stores/errors.js';
import { Database } from '../../../src/stores/postgres/database.js';
import { deferred } from '../../../src/util/deferred.js';
import { score } from '../../support/events.js';
import { createPipeline, describePipeline } from '../../support/pipeline.js';
import { until } from '../../support/until.js';

const nothing = { hashes: [], sets: [] };

/** A statistics source with one page that stops after its rows are read, when `read` resolves. */
function stoppedPage(namespace: string) {
  const read = deferred<undefined>();
  const resumed = deferred<undefined>();
  const source: ProjectionSource = {
    keys: [],
    async page(tx, after) {
      if (after !== undefined) return undefined;
      const rows = await tx.query<{ player_id: string; total_events: number }>(
        'SELECT player_id, total_events FROM player_statistics FOR UPDATE',
      );
      read.resolve(undefined);
      await resumed.promise;
      const hashes = rows.map(({ player_id, total_events }) => ({
        key: playerStatsKey(namespace, player_id),
        fields: { total_events },
      }));
      return { writes: { hashes, sets: [] }, next: 'all' };
    },
  };
  return { read: read.promise, resume: () => resumed.resolve(undefined), source };
}

/** The total of ann in Redis. */
async function total(gm: GameMetrics): Promise<string | null> {
  return gm.redis.hget(playerStatsKey(gm.endpoints.namespace, 'ann'), 'total_events');
}

async function sendOne(gm: GameMetrics): Promise<void> {
  await gm.send(score('ann', 1));
  await gm.waitDrained();
}

describePipeline('a process that was stopped until it lost its locks', () => {
  it('does not overwrite the data of its successor with a page of its rebuild', async () => {
    await using gm = await createPipeline();
    await using stores = openStores(gm.endpoints);
    const { namespace, postgres } = gm.endpoints;
    await sendOne(gm);
    await gm.stopRoles();
    await gm.redis.del(await gm.redis.keys(`${namespace}*`));
    const application = 'gamemetrics-stopped';
    const database = new Database(postgres, { application, connections: 2 });
    const page = stoppedPage(namespace);
    const group = groupName(namespace, 'statistics');
    const rebuilt = new Projection(database, stores.redis, group, page.source).rebuild();
    await page.read;
    // The effect of idle_in_transaction_session_timeout.
    await gm.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = $1 AND datname = current_database()`,
      [application],
    );
    await gm.startRoles();
    await sendOne(gm);
    page.resume();
    await expect(rebuilt).rejects.toThrow(StoreUnavailable);
    expect(await total(gm)).toBe('2');
    expect((await gm.verify()).differences).toEqual([]);
    await database.close();
  });

  it('does not overwrite the data of a batch with its repair', async () => {
    await using gm = await createPipeline();
    await using stores = openStores(gm.endpoints);
    await sendOne(gm);
    const repaired = repairWithConsumersPaused(stores, 'statistics', async ({ tx, rewrite }) => {
      const [session] = await tx.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await gm.query('SELECT pg_terminate_backend($1)', [session?.pid]);
      await sendOne(gm);
      const key = playerStatsKey(gm.endpoints.namespace, 'ann');
      await rewrite({ hashes: [{ key, fields: { total_events: 1 } }], sets: [] });
    });
    await expect(repaired).rejects.toThrow('the repair of statistics lost its locks');
    expect(await total(gm)).toBe('2');
  });
});

describePipeline('a rebuild', () => {
  it('fences the previous one, and fails if Redis has lost part of it', async () => {
    await using gm = await createPipeline({ roles: 'none' });
    await using stores = openStores(gm.endpoints);
    const group = groupName(gm.endpoints.namespace, 'statistics');
    const first = await FencedWriter.begin(stores.redis, group, 'rebuild');
    expect(await first.write(nothing)).toBe(true);
    const second = await FencedWriter.begin(stores.redis, group, 'rebuild');
    expect(await first.write(nothing)).toBe(false);
    const snapshot = await gm.redis.hgetall(projectionKey(group));
    expect(await second.write(nothing)).toBe(true);
    await gm.redis.hset(projectionKey(group), snapshot);
    expect(await second.write(nothing)).toBe(false);
  });

  it('that was abandoned is repeated', async () => {
    await using gm = await createPipeline();
    await sendOne(gm);
    const { namespace } = gm.endpoints;
    await gm.redis.hset(playerStatsKey(namespace, 'ann'), 'total_events', 9);
    await gm.redis.hset(projectionKey(groupName(namespace, 'statistics')), 'rebuild', 'abandoned');
    await gm.waitDrained();
    expect(await total(gm)).toBe('1');
  });

  it('is done once for all waiting processes', async () => {
    await using gm = await createPipeline({ roles: 'none' });
    await using stores = openStores(gm.endpoints);
    const group = groupName(gm.endpoints.namespace, 'statistics');
    const page = stoppedPage(gm.endpoints.namespace);
    const first = new Projection(stores.database, stores.redis, group, page.source).rebuild();
    await page.read;
    let pages = 0;
    const counting: ProjectionSource = {
      keys: [],
      page: async () => {
        pages += 1;
        return Promise.resolve(undefined);
      },
    };
    const second = new Projection(stores.database, stores.redis, group, counting).rebuild();
    await until(async () => {
      const waiting = await gm.query(
        `SELECT FROM pg_locks JOIN pg_database d ON d.oid = database
         WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()`,
      );
      return waiting.length === 1;
    });
    page.resume();
    await Promise.all([first, second]);
    expect(pages).toBe(0);
  });
});
