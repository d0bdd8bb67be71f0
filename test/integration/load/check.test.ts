import { afterAll, beforeAll, expect, it } from 'vitest';

import { planLoad, type PlanOptions } from '../../../src/generators/plan.js';
import type { GameMetrics } from '../../../src/index.js';
import { OutcomeLog } from '../../../src/load/outcomes.js';
import { runLoad } from '../../../src/load/runner.js';
import { beginCheck, type LoadCheck } from '../../../src/load/storeCheck.js';
import type { LoadSummary } from '../../../src/load/tally.js';
import { openStores, type Stores } from '../../../src/pipeline/runtime/stores.js';
import { waitDrained } from '../../../src/pipeline/waiting/drained.js';
import { score } from '../../support/events.js';
import { createPipeline, describePipeline } from '../../support/pipeline.js';

const trouble = { duplicates: 0.05, invalid: 0.05, late: 0.1, lateByMs: 40 * 3_600_000 };

describePipeline('the prediction of a load', () => {
  let gm: GameMetrics;
  let stores: Stores;
  beforeAll(async () => {
    gm = await createPipeline();
    stores = openStores(gm.endpoints);
  });
  afterAll(async () => {
    await stores[Symbol.asyncDispose]();
    await gm.stop();
  });

  /** @param meanwhile runs after the pipeline has drained and before the check */
  async function sendAndCheck(
    options: PlanOptions,
    { batch = 1, meanwhile }: { batch?: number; meanwhile?: () => Promise<unknown> } = {},
  ): Promise<{ summary: LoadSummary; check: LoadCheck }> {
    const plan = planLoad(options);
    const finish = await beginCheck(stores, plan);
    const outcomes = new OutcomeLog();
    const { signal } = new AbortController();
    const summary = await runLoad({ ...plan, url: gm.url, batch, outcomes, signal });
    await waitDrained(stores, { timeoutMs: 30_000 });
    await meanwhile?.();
    return { summary, check: await finish(outcomes, summary.retried) };
  }

  it.each([1, 50])('is exact for each event, in requests of %i', async (batch) => {
    const options = { seed: batch, count: 2_000, rate: 0, players: 40, games: 3, trouble };
    const { summary, check } = await sendAndCheck(options, { batch });
    expect(check.differences).toEqual([]);
    expect(check).toMatchObject({ ok: true, alreadyStored: 0, foreign: 0 });
    const counts = summary.trouble ?? expect.fail();
    const invalid = Object.values(counts.invalid).reduce((sum, events) => sum + events, 0);
    expect(counts.unexpected).toBe(0);
    expect(invalid).toBeGreaterThan(50);
    expect(summary.accepted).toBe(2_000 - invalid);
    expect(check.numbers[0]).toEqual({
      what: 'events',
      predicted: 2_000 - invalid - counts.duplicates,
      actual: 2_000 - invalid - counts.duplicates,
    });
  });

  it('recognizes that a repeated load has only duplicates', async () => {
    const startMs = Date.now() - 60_000;
    const options = { seed: 99, startMs, count: 300, rate: 0 };
    expect((await sendAndCheck(options)).check).toMatchObject({ ok: true, alreadyStored: 0 });
    const { summary, check } = await sendAndCheck(options);
    expect(summary.accepted).toBe(300);
    expect(check).toMatchObject({ ok: true, alreadyStored: 300, differences: [] });
    expect(check.numbers[0]).toEqual({ what: 'events', predicted: 0, actual: 0 });
  });

  it('detects missing and duplicate counts in each store', async () => {
    const options = { seed: 5, count: 100, rate: 0, players: 10, games: 2 };
    const corrupt = async () => {
      await gm.query(`DELETE FROM events WHERE (event_id, player_id) =
        (SELECT event_id, player_id FROM events ORDER BY created_at DESC LIMIT 1)`);
      await gm.query(`UPDATE player_statistics SET total_events = total_events + 1
        WHERE player_id = 'player-1'`);
      const { namespace } = gm.endpoints;
      await gm.redis.hincrby(`${namespace}player_stats:player-2`, 'total_events', 5);
      await gm.redis.zincrby(`${namespace}leaderboard:game-1:alltime`, 7, 'player-1');
    };
    const { check } = await sendAndCheck(options, { meanwhile: corrupt });
    expect(check.ok).toBe(false);
    const found = new Set(check.differences.map(({ where }) => where));
    expect(found).toEqual(new Set(['events', 'player_statistics', 'player_stats', 'leaderboard']));
  });

  it('reports the number of records from other clients', async () => {
    const { check } = await sendAndCheck(
      { seed: 6, count: 50, rate: 0 },
      { meanwhile: () => gm.send(score('somebody', 1), score('else', 2)) },
    );
    expect(check).toMatchObject({ ok: true, foreign: 2 });
  });
});
