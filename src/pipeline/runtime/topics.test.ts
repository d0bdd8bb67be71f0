import { describe, expect, it } from 'vitest';

import type { TopicSettings } from '../../config/topicSettings.js';
import type { ClusterTopics, TopicSpec } from '../../stores/kafka/admin.js';
import { errorOfCode } from '../../stores/kafka/errors.js';
import { prepareTopics } from './topics.js';

const invalidReplicationFactor = 38;

const place = { kafka: { brokers: ['h:1'] }, namespace: '' };

/** A Kafka with a limited number of brokers, which records the replication requested of it. */
function creating(brokers: {
  readonly alive: number;
  /** Ids of the brokers that hold an unrelated topic. */
  readonly others?: readonly number[];
  readonly byDefault?: number;
}) {
  const { alive, others = [1], byDefault = 1 } = brokers;
  const requested: Partial<TopicSpec>[] = [];
  const partition = { partition: 0, leader: 1, replicas: others, inSync: others };
  const cluster: ClusterTopics = {
    brokers: Array.from({ length: alive }, (_, index) => index + 1),
    topics: new Map([['other', [partition]]]),
  };
  return {
    requested,
    describeCluster: async () => Promise.resolve(cluster),
    createTopics: async ([spec]: readonly TopicSpec[]) => {
      const { replicationFactor, minInsyncReplicas } = spec ?? {};
      requested.push({
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

  it('requests three replicas and falls back to the default on fewer brokers', async () => {
    const cluster = creating({ alive: 3 });
    await prepare(cluster);
    expect(cluster.requested).toEqual([three]);
    const single = creating({ alive: 1 });
    await prepare(single);
    expect(single.requested).toEqual([three, {}]);
  });

  it('does not fall back to fewer replicas while one of three brokers is down', async () => {
    const known = creating({ alive: 2, others: [1, 2, 3] });
    await expect(prepare(known)).rejects.toMatchObject({
      code: 'service_failed',
      message:
        'Kafka at h:1 has too few brokers to create a topic with replication factor 3: ' +
        '2 of its 3 known brokers are alive',
      cure: expect.stringContaining('(--replication-factor) to 2 or less.') as string,
    });
    expect(known.requested).toEqual([three]);
    const byDefault = creating({ alive: 2, byDefault: 3 });
    await expect(prepare(byDefault)).rejects.toMatchObject({
      code: 'service_failed',
      message: expect.stringContaining('its own default.replication.factor: 2 are alive') as string,
    });
  });

  it.each([
    [{ replicationFactor: 4 }, 'service_failed', 'with replication factor 4: 3 are alive'],
    [{ minInsyncReplicas: 4 }, 'invalid_setting', '4 is greater than the replication factor 3'],
  ])('rejects %o on three brokers', async (settings, code, message) => {
    await expect(prepare(creating({ alive: 3 }), settings)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
  });

  it('requires a replication factor if min.insync.replicas is set on too few brokers', async () => {
    const settings = { minInsyncReplicas: 2 };
    await expect(prepare(creating({ alive: 2 }), settings)).rejects.toMatchObject({
      code: 'invalid_setting',
      message: expect.stringContaining('needs a replication factor') as string,
    });
  });
});
