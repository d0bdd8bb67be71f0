import { afterAll, beforeAll, describe, it } from 'vitest';

import { createGameMetrics, type Endpoints, type GameMetrics } from '../../src/index.js';
import { KafkaCluster } from './support/kafkaCluster.js';
import { underLoad, type Run } from './support/scenario.js';

const tool = process.env['GAMEMETRICS_TEST_KAFKA_TOOL'];
const why = tool === undefined ? ' (skipped: no GAMEMETRICS_TEST_KAFKA_TOOL)' : '';

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
    await load.flowing();
    history.note(`the load flows; node ${id} starts again`);
    await cluster.restart(id);
    await cluster.waitUntilInSync();
    history.note('all are in sync');
  }

  it('when the leader of each partition in turn is killed', async () => {
    await underLoad({ cluster, services, seed: 1 }, async (run) => {
      for (const partition of [0, 1, 2]) {
        const leader = await cluster.leaderOf(run.raw, partition);
        await lose(run, leader, `the leader of partition ${partition}`);
      }
    });
  });
});
