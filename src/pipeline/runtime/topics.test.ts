import { describe, expect, it } from 'vitest';

import type { TopicSettings } from '../../config/topicSettings.js';
import type { ClusterTopics, TopicSpec } from '../../stores/kafka/admin.js';
import { errorOfCode } from '../../stores/kafka/errors.js';
import { prepareTopics } from './topics.js';

const invalidReplicationFactor = 38;

const place = { kafka: { brokers: ['h:1'] }, namespace: '' };

/** A Kafka that creates topics with at most so many replicas, and what it is asked for. */
function creating(brokers: {
  readonly alive: number;
  /** Ids of those that a topic of somebody else's is on. */
  readonly others?: readonly number[];
  readonly byDefault?: number;
}) {
  const { alive, others = [1], byDefault = 1 } = brokers;
  const asked: Partial<TopicSpec>[] = [];
  const partition = { partition: 0, leader: 1, replicas: others, inSync: others };
  const cluster: ClusterTopics = {
    brokers: Array.from({ length: alive }, (_, index) => index + 1),
    topics: new Map([['other', [partition]]]),
  };
  return {
    asked,
    describeCluster: async () => Promise.resolve(cluster),
    createTopics: async ([spec]: readonly TopicSpec[]) => {
      const { replicationFactor, minInsyncReplicas } = spec ?? {};
      asked.push({
        ...(replicationFactor === undefined ? {} : { replicationFactor }),
        ...(minInsyncReplicas === undefined ? {} : { minInsyncReplicas }),
      });
      if ((replicationFactor ?? byDefault) <= alive) return Promise.resolve();
      return Promise.reject(errorOfCode(invalidReplicationFactor));
    },
  };
}

const prepare = async (kafka: ReturnType<typeof creating>, settings: TopicSettings = {}) =>
  prepareTopics(kafka, place, settings);

describe('prepareTopics', () => {
  const three = { replicationFactor: 3, minInsyncReplicas: 2 };

  it('asks for three replicas, and leaves it to fewer brokers', async () => {
    const cluster = creating({ alive: 3 });
    await prepare(cluster);
    expect(cluster.asked).toEqual([three]);
    const single = creating({ alive: 1 });
    await prepare(single);
    expect(single.asked).toEqual([three, {}]);
  });

  it('creates nothing with fewer replicas while one of three brokers is down', async () => {
    const known = creating({ alive: 2, others: [1, 2, 3] });
    await expect(prepare(known)).rejects.toMatchObject({
      exit: 'serviceFailed',
      message:
        'Kafka at h:1 has too few brokers to create a topic with replication factor 3: ' +
        '2 are alive of the 3 that it is known to have',
      cure: expect.stringContaining('(--replication-factor) to 2 or less.') as string,
    });
    expect(known.asked).toEqual([three]);
    const byDefault = creating({ alive: 2, byDefault: 3 });
    await expect(prepare(byDefault)).rejects.toMatchObject({
      exit: 'serviceFailed',
      message: expect.stringContaining('its own default.replication.factor: 2 are alive') as string,
    });
  });

  it.each([
    [{ replicationFactor: 4 }, 'serviceFailed', 'with replication factor 4: 3 are alive'],
    [{ minInsyncReplicas: 4 }, 'usage', '4 is more than the replication factor 3'],
  ])('refuses %o on three brokers', async (settings, exit, message) => {
    await expect(prepare(creating({ alive: 3 }), settings)).rejects.toMatchObject({
      exit,
      message: expect.stringContaining(message) as string,
    });
  });

  it('asks how many replicas there are to be where two of them must be in sync', async () => {
    const settings = { minInsyncReplicas: 2 };
    await expect(prepare(creating({ alive: 2 }), settings)).rejects.toMatchObject({
      exit: 'usage',
      message: expect.stringContaining('needs a replication factor') as string,
    });
  });
});
