import { setTimeout as sleep } from 'node:timers/promises';

import type { KafkaCluster } from '../cluster/support/kafkaCluster.js';
import type { Random } from '../faults/random.js';

/** A temporary fault of one broker of a cluster. */
export interface BrokerFault {
  readonly what: string;
  /** The delay after the end of the previous fault, in milliseconds. */
  readonly afterMs: number;
  /** Resolves once the broker responds and all replicas are in sync. */
  readonly run: (cluster: KafkaCluster) => Promise<void>;
}

const nodes = [1, 2, 3] as const;
/** Longer than the 5 s after which the cluster fences a broker and moves its leaders. */
const longestMs = 8_000;

/** Draws the broker faults of a round, one after the other: two brokers are never down at once. */
export function drawBrokerFaults(random: Random, withinMs: number): BrokerFault[] {
  return Array.from({ length: random.between(1, 2) }, () => {
    const kind = random.pick(['kill', 'kill', 'pause', 'restart'] as const);
    const id = random.pick(nodes);
    const ms = random.between(0, longestMs);
    const afterMs = random.between(0, withinMs / 2);
    switch (kind) {
      case 'kill':
        return {
          what: `kill broker ${id} and restart it after ${ms} ms`,
          afterMs,
          run: async (cluster) => {
            await cluster.kill(id);
            await sleep(ms);
            await cluster.heal();
          },
        };
      case 'pause':
        return {
          what: `pause broker ${id} for ${ms} ms`,
          afterMs,
          run: async (cluster) => {
            cluster.pause(id);
            await sleep(ms);
            await cluster.heal();
          },
        };
      case 'restart':
        return {
          what: `restart broker ${id}`,
          afterMs,
          run: async (cluster) => {
            await cluster.kill(id, 'SIGTERM');
            await cluster.heal();
          },
        };
    }
  });
}
