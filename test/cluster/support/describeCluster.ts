import { afterAll, beforeAll, describe } from 'vitest';

import { createGameMetrics, type Endpoints, type GameMetrics } from '../../../src/index.js';
import { clusterTool, skipNote } from './clusterTool.js';
import { KafkaCluster } from './kafkaCluster.js';

/** Three brokers and the other stores of a pipeline. */
export interface Services {
  readonly cluster: KafkaCluster;
  /** PostgreSQL, Redis and the cluster. */
  readonly services: Endpoints;
}

/** Tests that share a cluster of three brokers; skipped with the reason if none can be started. */
export function describeCluster(what: string, tests: (on: () => Services) => void): void {
  describe.skipIf(clusterTool === '')(`${what}${skipNote}`, () => {
    let servers: GameMetrics;
    let on: Services;
    beforeAll(async () => {
      const cluster = await KafkaCluster.start(clusterTool);
      servers = await createGameMetrics({ stack: 'embedded', roles: 'none' });
      on = { cluster, services: { ...servers.endpoints, kafka: { brokers: cluster.brokers } } };
    });
    afterAll(async () => {
      await servers.stop();
      await on.cluster[Symbol.asyncDispose]();
    });
    tests(() => on);
  });
}
