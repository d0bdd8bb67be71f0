import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createGameMetrics, type Endpoints, type GameMetrics } from '../../src/index.js';
import { groupName, topicName, topics, type TopicKey } from '../../src/pipeline/contract/topics.js';
import { until } from '../support/until.js';
import { KafkaCluster } from './support/kafkaCluster.js';
import { underLoad, type Run } from './support/scenario.js';

const tool = process.env['GAMEMETRICS_TEST_KAFKA_TOOL'];
const why = tool === undefined ? ' (skipped: no GAMEMETRICS_TEST_KAFKA_TOOL)' : '';
const outageMs = 20_000;

describe.skipIf(tool === undefined)(`three brokers lose no acknowledged event${why}`, () => {
  let cluster: KafkaCluster;
  let servers: GameMetrics;
  let services: Endpoints;
  beforeAll(async () => {
    cluster = await KafkaCluster.start(tool ?? '');
    servers = await createGameMetrics({ stack: 'embedded', roles: 'none' });
    services = { ...servers.endpoints, kafka: { brokers: cluster.brokers } };
  });
  afterAll(async () => {
    await servers.stop();
    await cluster[Symbol.asyncDispose]();
  });

  /** Kills a node, waits until the load flows without it, and brings it back. */
  async function lose({ load, history }: Run, id: number, what: string): Promise<void> {
    history.note(`kill -9 of node ${id}, ${what}`);
    await cluster.kill(id);
    const rate = await load.flowing();
    history.note(`without it ${rate} events/s are accepted; it starts again`);
    await cluster.restart(id);
    history.note('it answers');
    await cluster.waitUntilInSync();
    history.note('all are in sync');
  }

  it('when the leader of each partition in turn is killed', async () => {
    const times = topics.raw.partitions;
    await underLoad({ cluster, services, seed: 1, times }, async (run, partition) => {
      const leader = await cluster.leaderOf(run.raw, partition);
      await lose(run, leader, `the leader of partition ${partition}`);
    });
  });

  it('when the active controller is killed', async () => {
    await underLoad({ cluster, services, seed: 2 }, async (run) => {
      await lose(run, await cluster.controller(), 'the active controller');
    });
  });

  it('when the coordinator of each consumer group is killed', async () => {
    const roles = ['logger', 'statistics', 'leaderboard'] as const;
    await underLoad({ cluster, services, seed: 3, times: roles.length }, async (run, time) => {
      const group = groupName(run.gm.endpoints.namespace, roles[time] ?? 'logger');
      await lose(run, await cluster.coordinatorOf(group), `the coordinator of ${group}`);
    });
  });

  it('when a leader is stopped for 20 s, and goes on as if nothing had been', async () => {
    await underLoad({ cluster, services, seed: 4 }, async ({ history, raw }, time) => {
      const partition = time % topics.raw.partitions;
      const leader = await cluster.leaderOf(raw, partition);
      history.note(`SIGSTOP of node ${leader}, the leader of partition ${partition}`);
      const before = history.accepted;
      cluster.pause(leader);
      await sleep(outageMs);
      cluster.resume(leader);
      history.note(`SIGCONT; ${history.accepted - before} events were accepted meanwhile`);
    });
  });

  it('when each broker in turn is restarted', async () => {
    await underLoad({ cluster, services, seed: 5 }, async ({ history }) => {
      for (const id of cluster.ids) {
        history.note(`SIGTERM of node ${id}`);
        await cluster.kill(id, 'SIGTERM');
        history.note('it has ended; it starts again');
        await cluster.restart(id);
        await cluster.waitUntilInSync();
        history.note('all are in sync');
      }
    });
  });

  it('when two of three brokers are down for 20 s, and then nothing is acknowledged', async () => {
    await underLoad({ cluster, services, seed: 6 }, async ({ gm, history }, time) => {
      const lost = cluster.ids.filter((_, index) => index !== time % cluster.ids.length);
      history.note(`kill -9 of nodes ${lost.join(' and ')}`);
      for (const id of lost) await cluster.kill(id);
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
      for (const id of lost) await cluster.restart(id);
      history.note('both answer again');

      expect(reasons).toEqual([
        { name: 'kafka', ready: false, detail: expect.any(String) as string },
      ]);
      const meanwhile = [...history.entries.values()]
        .flatMap(({ attempts }) => attempts)
        .filter(({ atMs, endMs }) => atMs > deadMs && endMs < backMs);
      expect(meanwhile.filter(({ answer }) => answer === 'accepted')).toEqual([]);
      // What is wrong with an event needs no Kafka to be told.
      const unanswered = meanwhile.filter(({ answer }) => answer === 'unknown');
      expect(new Set(unanswered.map(({ detail }) => detail))).toEqual(new Set(['HTTP 503']));
    });
  });

  it('when partitions are reassigned and preferred leaders elected', async () => {
    await underLoad({ cluster, services, seed: 7 }, async ({ gm, history }, time) => {
      const names = (Object.keys(topics) as TopicKey[]).map((key) => ({
        topic: topicName(gm.endpoints.namespace, key),
        partitions: topics[key].partitions,
      }));
      for (const replicas of [2, 3]) {
        for (const { topic, partitions } of names) {
          const moved = Array.from({ length: partitions }, (_, partition) =>
            rotated(cluster.ids, partition + time + replicas).slice(0, replicas),
          );
          history.note(`${topic} is moved to nodes ${JSON.stringify(moved)}`);
          await cluster.reassign(topic, moved);
        }
        await cluster.electPreferredLeaders();
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

/** What ingest's /readyz says that it lacks. */
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
