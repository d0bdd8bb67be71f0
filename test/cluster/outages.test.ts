import { setTimeout as sleep } from 'node:timers/promises';

import { ConfigResourceTypes } from 'kafkajs';
import { expect, it } from 'vitest';

import type { GameMetrics } from '../../src/index.js';
import { topicName, topics, type TopicKey } from '../../src/pipeline/contract/topics.js';
import { until } from '../support/until.js';
import { describeCluster } from './support/describeCluster.js';
import { underLoad } from './support/scenario.js';

const outageMs = 20_000;

describeCluster('three brokers lose no acknowledged event', (on) => {
  it('when each broker in turn is restarted', async () => {
    await underLoad({ ...on(), seed: 5 }, async ({ history }) => {
      for (const id of on().cluster.ids) {
        history.note(`SIGTERM of node ${id}`);
        await on().cluster.kill(id, 'SIGTERM');
        history.note('it has ended; it starts again');
        await on().cluster.restart(id);
        await on().cluster.waitUntilInSync();
        history.note('all are in sync');
      }
    });
  });

  it('when two of three brokers are down for 20 s, during which nothing is acknowledged', async () => {
    await underLoad({ ...on(), seed: 6 }, async ({ gm, history }, time) => {
      const lost = on().cluster.ids.filter((_, index) => index !== time % on().cluster.ids.length);
      history.note(`kill -9 of nodes ${lost.join(' and ')}`);
      for (const id of lost) await on().cluster.kill(id);
      const deadMs = history.now();
      const untilMs = performance.now() + outageMs;
      let reasons: readonly Dependency[] = [];
      await until(async () => {
        reasons = await notReady(gm);
        return reasons.some(({ name }) => name === 'kafka');
      }, outageMs);
      history.note(`not ready: ${JSON.stringify(reasons)}`);
      await sleep(untilMs - performance.now());
      const backMs = history.now();
      for (const id of lost) await on().cluster.restart(id);
      history.note('both answer again');

      expect(reasons).toEqual([
        { name: 'kafka', ready: false, detail: expect.any(String) as string },
      ]);
      const meanwhile = [...history.entries.values()]
        .flatMap(({ attempts }) => attempts)
        .filter(({ atMs, endMs }) => atMs > deadMs && endMs < backMs);
      expect(meanwhile.filter(({ answer }) => answer === 'accepted')).toEqual([]);
      // An invalid event is rejected without Kafka.
      const unanswered = meanwhile.filter(({ answer }) => answer === 'unknown');
      expect(new Set(unanswered.map(({ detail }) => detail))).toEqual(new Set(['HTTP 503']));
    });
  });

  it('when too few replicas are in sync, which ingest reports', async () => {
    await underLoad({ ...on(), seed: 8, times: 1 }, async ({ gm, history, raw }) => {
      const admin = gm.kafka.admin();
      await admin.connect();
      const configEntries = [{ name: 'min.insync.replicas', value: '3' }];
      const resources = [{ type: ConfigResourceTypes.TOPIC, name: raw, configEntries }];
      await admin.alterConfigs({ validateOnly: false, resources });
      await admin.disconnect();
      const id = await on().cluster.leaderOf(raw, 0);
      history.note(`kill -9 of node ${id}, where all three must be in sync`);
      await on().cluster.kill(id);
      let reasons: readonly Dependency[] = [];
      await until(async () => {
        reasons = await notReady(gm);
        return reasons.some(({ detail }) => detail.includes('in-sync replicas'));
      }, 60_000);
      history.note(`not ready: ${JSON.stringify(reasons)}`);
      // The log end offsets may be unknown: a new leader learns the high watermark only when enough
      // replicas are in sync again (KIP-966).
      const { accepted, entries } = history;
      const sinceMs = history.now();
      const refused = (): number =>
        [...entries.values()].flatMap(({ attempts }) =>
          attempts.filter(({ atMs, answer }) => atMs > sinceMs && answer === 'unknown'),
        ).length;
      await until(() => refused() >= 20, 60_000);
      expect(history.accepted).toBe(accepted);
      await until(() => gm.instance.state().processes.every(({ state }) => state === 'ready'));
      await on().cluster.restart(id);
      history.note('it answers again');
    });
  });

  it('when partitions are reassigned and preferred leaders are elected', async () => {
    await underLoad({ ...on(), seed: 7 }, async ({ gm, history }, time) => {
      const names = (Object.keys(topics) as TopicKey[]).map((key) => ({
        topic: topicName(gm.endpoints.namespace, key),
        partitions: topics[key].partitions,
      }));
      for (const replicas of [2, 3]) {
        for (const { topic, partitions } of names) {
          const moved = Array.from({ length: partitions }, (_, partition) =>
            rotated(on().cluster.ids, partition + time + replicas).slice(0, replicas),
          );
          history.note(`${topic} is moved to nodes ${JSON.stringify(moved)}`);
          await on().cluster.reassign(topic, moved);
        }
        await on().cluster.electPreferredLeaders();
        history.note('the preferred leaders lead');
      }
    });
  });
});

interface Dependency {
  readonly name: string;
  readonly ready: boolean;
  readonly detail: string;
}

/** The missing dependencies that /readyz of ingest reports. */
async function notReady({ url }: GameMetrics): Promise<readonly Dependency[]> {
  const response = await fetch(`${url}/readyz`);
  const { dependencies } = (await response.json()) as { dependencies: readonly Dependency[] };
  const lacking = dependencies.filter(({ ready }) => !ready);
  expect(response.status).toBe(lacking.length > 0 ? 503 : 200);
  return lacking;
}

function rotated(ids: readonly number[], by: number): number[] {
  return ids.map((_, index) => ids[(index + by) % ids.length] ?? 0);
}
