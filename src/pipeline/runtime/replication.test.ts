import { describe, expect, it } from 'vitest';

import { countBrokers, planReplication } from './replication.js';

const replicas = (...ids: number[]) => ({ partition: 0, leader: 1, replicas: ids, inSync: ids });

describe('countBrokers', () => {
  it('counts a broker that is down if it holds replicas', () => {
    const topics = new Map([['t', [replicas(1, 2), replicas(2, 3)]]]);
    expect(countBrokers({ brokers: [1, 2], topics })).toEqual({ alive: 2, known: 3 });
    expect(countBrokers({ brokers: [1, 2], topics: new Map() })).toEqual({ alive: 2, known: 2 });
  });
});

describe('planReplication', () => {
  const three = { replicationFactor: 3, minInsyncReplicas: 2 };
  const tooFew = (replicationFactor?: number) => ({ kind: 'tooFewBrokers', replicationFactor });

  it.each([
    // The other brokers may be down, which only Kafka knows. If there are none, use the brokers'
    // default.
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
    // A cluster never falls back to fewer replicas.
    { known: 3, settings: {}, attempts: [three], refusal: tooFew(3) },
    { known: 5, settings: {}, attempts: [three], refusal: tooFew(3) },
    {
      known: 3,
      settings: { minInsyncReplicas: 1 },
      attempts: [{ replicationFactor: 3, minInsyncReplicas: 1 }],
      refusal: tooFew(3),
    },
    // Explicit settings are used unchanged; two replicas in sync if that allows one to be down.
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
  ])(
    'plans $attempts for $known known brokers with $settings',
    ({ known, settings, attempts, refusal }) => {
      expect(planReplication(known, settings)).toEqual({ attempts, refusal });
    },
  );
});
