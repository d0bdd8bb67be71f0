import { describe, expect, it } from 'vitest';

import { countBrokers, planReplication } from './replication.js';

const replicas = (...ids: number[]) => ({ partition: 0, leader: 1, replicas: ids, inSync: ids });

describe('countBrokers', () => {
  it('knows a broker that is down from the replicas on it', () => {
    const topics = new Map([['t', [replicas(1, 2), replicas(2, 3)]]]);
    expect(countBrokers({ brokers: [1, 2], topics })).toEqual({ alive: 2, known: 3 });
    expect(countBrokers({ brokers: [1, 2], topics: new Map() })).toEqual({ alive: 2, known: 2 });
  });
});

describe('planReplication', () => {
  const three = { replicationFactor: 3, minInsyncReplicas: 2 };
  const tooFew = (replicationFactor?: number) => ({ kind: 'tooFewBrokers', replicationFactor });

  it.each([
    // Perhaps the others are down; Kafka knows. Where there are no others, the brokers' own default.
    { known: 1, settings: {}, attempts: [three, {}], refusal: tooFew() },
    { known: 2, settings: {}, attempts: [three, {}], refusal: tooFew() },
    {
      known: 1,
      settings: { minInsyncReplicas: 1 },
      attempts: [{ replicationFactor: 3, minInsyncReplicas: 1 }, { minInsyncReplicas: 1 }],
      refusal: tooFew(),
    },
    {
      known: 2,
      settings: { minInsyncReplicas: 2 },
      attempts: [three],
      refusal: { kind: 'factorUnknown', minInsyncReplicas: 2 },
    },
    // A cluster never gets less than this by itself.
    { known: 3, settings: {}, attempts: [three], refusal: tooFew(3) },
    { known: 5, settings: {}, attempts: [three], refusal: tooFew(3) },
    {
      known: 3,
      settings: { minInsyncReplicas: 1 },
      attempts: [{ replicationFactor: 3, minInsyncReplicas: 1 }],
      refusal: tooFew(3),
    },
    // What is set is what it gets; two in sync where that leaves one to be down.
    ...[
      [1, 1],
      [2, 1],
      [3, 2],
      [5, 2],
    ].flatMap(([replicationFactor = 0, minInsyncReplicas = 0]) =>
      [1, 3].map((known) => ({
        known,
        settings: { replicationFactor },
        attempts: [{ replicationFactor, minInsyncReplicas }],
        refusal: tooFew(replicationFactor),
      })),
    ),
    {
      known: 3,
      settings: { replicationFactor: 2, minInsyncReplicas: 2 },
      attempts: [{ replicationFactor: 2, minInsyncReplicas: 2 }],
      refusal: tooFew(2),
    },
    {
      known: 3,
      settings: { minInsyncReplicas: 4 },
      attempts: [],
      refusal: { kind: 'factorTooLow', replicationFactor: 3, minInsyncReplicas: 4 },
    },
  ])('$known known brokers, $settings: $attempts', ({ known, settings, attempts, refusal }) => {
    expect(planReplication(known, settings)).toEqual({ attempts, refusal });
  });
});
