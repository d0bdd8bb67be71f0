import { describe, expect, it } from 'vitest';

import type { PartitionReplicas } from '../../stores/kafka/admin.js';
import {
  readReplication,
  replicationWarnings,
  type ReplicationState,
  type TopicReplication,
} from './replicationReport.js';

const place = { kafka: { brokers: ['h:1'] }, namespace: '' };

function partition(id: number, ...replicas: number[]): PartitionReplicas {
  return { partition: id, leader: replicas[0] ?? -1, replicas, inSync: replicas };
}

function stateOf(known: number, ...topics: TopicReplication[]): ReplicationState {
  const brokers = Array.from({ length: known }, (_, index) => index + 1);
  return { brokers, counts: { alive: known, known }, topics, configsHidden: false };
}

const topic = (minInsyncReplicas: number | undefined, ...partitions: PartitionReplicas[]) => ({
  name: 't',
  partitions,
  minInsyncReplicas,
});

describe('replicationWarnings', () => {
  it.each([
    ['a cluster with the default settings', stateOf(3, topic(2, partition(0, 1, 2, 3))), {}],
    ['a single broker', stateOf(1, topic(undefined, partition(0, 1))), {}],
    ['two brokers', stateOf(2, topic(1, partition(0, 1, 2))), {}],
    ['more replicas than required', stateOf(5, topic(3, partition(0, 1, 2, 3, 4, 5))), {}],
    [
      'a cluster whose settings require fewer replicas',
      stateOf(3, topic(1, partition(0, 1))),
      { replicationFactor: 1 },
    ],
  ])('is empty for %s', (_case, state, settings) => {
    expect(replicationWarnings(state, settings, place)).toEqual([]);
  });

  it('names a topic with too few replicas and a reassignment that keeps the leaders', () => {
    const state = stateOf(3, topic(2, partition(0, 2), partition(1, 3, 1)));
    expect(replicationWarnings(state, {}, place)).toEqual([
      'topic t has replication factor 1, not 3. Run: kafka-reassign-partitions.sh ' +
        '--bootstrap-server h:1 --execute --reassignment-json-file <(echo ' +
        `'{"version":1,"partitions":[{"topic":"t","partition":0,"replicas":[2,1,3]},` +
        `{"topic":"t","partition":1,"replicas":[3,1,2]}]}')`,
    ]);
  });

  it('raises min.insync.replicas only after the new replicas are in sync', () => {
    const [warning] = replicationWarnings(stateOf(3, topic(1, partition(0, 1))), {}, place);
    expect(warning).toContain('replication factor 1, not 3; min.insync.replicas 1, not 2. Run: ');
    expect(warning).toMatch(
      /kafka-reassign.* ; once the new replicas are in sync: kafka-configs\.sh .*=2$/,
    );
  });

  it.each([
    [1, {}, 'min.insync.replicas 1, not 2', 2],
    [2, { minInsyncReplicas: 3 }, 'min.insync.replicas 2, not 3', 3],
    [3, {}, 'min.insync.replicas 3 of 3 replicas, which stops writes while one broker is down', 2],
  ])('reports min.insync.replicas %d of 3 replicas and %o: %s', (least, settings, detail, cure) => {
    const state = stateOf(3, topic(least, partition(0, 1, 2, 3)));
    expect(replicationWarnings(state, settings, place)).toEqual([
      `topic t has ${detail}. Run: kafka-configs.sh --bootstrap-server h:1 --alter ` +
        `--entity-type topics --entity-name t --add-config min.insync.replicas=${cure}`,
    ]);
  });

  it('compares the topics with the settings', () => {
    const state = stateOf(5, topic(2, partition(0, 1, 2, 3)));
    const [warning] = replicationWarnings(state, { replicationFactor: 5 }, place);
    expect(warning).toContain('topic t has replication factor 3, not 5. Run: ');
  });

  it('advises to start brokers first if too few are alive to add replicas', () => {
    const state = {
      ...stateOf(3, topic(1, partition(0, 1, 2))),
      brokers: [1, 2],
      counts: { alive: 2, known: 3 },
    };
    expect(replicationWarnings(state, {}, place)).toEqual([
      'topic t has replication factor 2, not 3; min.insync.replicas 1, not 2. ' +
        'Start the brokers that are down first.',
    ]);
  });
});

describe('readReplication', () => {
  const cluster = (...brokers: number[]) => ({
    brokers,
    topics: new Map([['player.events.raw', [partition(0, ...brokers)]]]),
  });
  const admin = (brokers: number[], least: Map<string, number> | undefined) => ({
    describeCluster: async () => Promise.resolve(cluster(...brokers)),
    minInsyncReplicas: async () => Promise.resolve(least),
  });

  it('reads the topics that exist, with their configuration', async () => {
    const least = new Map([['player.events.raw', 2]]);
    expect(await readReplication(admin([1, 2, 3], least), place)).toEqual({
      brokers: [1, 2, 3],
      counts: { alive: 3, known: 3 },
      topics: [
        { name: 'player.events.raw', partitions: [partition(0, 1, 2, 3)], minInsyncReplicas: 2 },
      ],
      configsHidden: false,
    });
  });

  it('reports a missing permission to read the configuration, except on a single broker', async () => {
    const hidden = await readReplication(admin([1, 2, 3], undefined), place);
    expect(replicationWarnings(hidden, {}, place)).toEqual([
      'min.insync.replicas of the topics is not checked: this client lacks the DescribeConfigs permission on them',
    ]);
    const single = await readReplication(admin([1], undefined), place);
    expect(replicationWarnings(single, {}, place)).toEqual([]);
  });
});
