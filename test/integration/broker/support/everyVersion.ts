import { expect } from 'vitest';

import { makeBatch } from '../../../support/broker/batchBuilder.js';
import * as messages from './messages.js';
import type { Message, RawClient } from './rawClient.js';
import { recordsOf } from './requests.js';

/** The versions of an API to exercise: those that both sides support. */
export type Versions = (api: Message<unknown, unknown>['api']) => readonly number[];

const none = 0;

/** Exercises every version of every API on a broker, each in a case with a response to check. */
export async function exerciseEveryVersion(
  client: RawClient,
  versionsOf: Versions,
  prefix: string,
): Promise<void> {
  const { api } = messages.metadata;
  const [first = api.minVersion] = versionsOf(api);
  await topics(client, versionsOf, prefix);
  await records(client, versionsOf, `${prefix}log`);
  await groups(client, versionsOf, prefix);
  const { topics: all } = await client.call(messages.metadata, Math.max(first, 1), {
    topics: null,
    allowAutoTopicCreation: false,
    includeClusterAuthorizedOperations: false,
    includeTopicAuthorizedOperations: false,
  });
  expect(all.map(({ name }) => name)).toContain(`${prefix}log`);
}

async function topics(client: RawClient, versionsOf: Versions, prefix: string): Promise<void> {
  for (const version of versionsOf(messages.apiVersions.api)) {
    const answer = await client.call(messages.apiVersions, version, {
      clientSoftwareName: 'raw',
      clientSoftwareVersion: '1',
    });
    expect(answer.errorCode).toBe(none);
    expect(answer.apiKeys.map(({ apiKey }) => apiKey)).toContain(18);
  }
  const create = (version: number, name: string) =>
    client.call(messages.createTopics, version, {
      topics: [
        {
          name,
          numPartitions: 2,
          replicationFactor: 1,
          assignments: [],
          configs: [{ name: 'retention.ms', value: '60000' }],
        },
      ],
      timeoutMs: 5000,
      validateOnly: false,
    });
  for (const version of versionsOf(messages.createTopics.api)) {
    const answer = await create(version, `${prefix}create-${version}`);
    expect(answer.topics).toMatchObject([{ name: `${prefix}create-${version}`, errorCode: none }]);
  }
  for (const version of versionsOf(messages.metadata.api)) {
    const name = `${prefix}create-${versionsOf(messages.createTopics.api)[0] ?? 0}`;
    const answer = await client.call(messages.metadata, version, {
      topics: [{ name }],
      allowAutoTopicCreation: true,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false,
    });
    expect(answer.topics).toMatchObject([{ errorCode: none, name }]);
    expect(answer.topics[0]?.partitions).toHaveLength(2);
    expect(answer.brokers[0]?.host).toBe('127.0.0.1');
  }
  for (const version of versionsOf(messages.describeConfigs.api)) {
    const resourceName = `${prefix}create-${versionsOf(messages.createTopics.api)[0] ?? 0}`;
    const answer = await client.call(messages.describeConfigs, version, {
      resources: [{ resourceType: 2, resourceName, configurationKeys: ['retention.ms'] }],
      includeSynonyms: true,
      includeDocumentation: false,
    });
    expect(answer.results[0]?.configs).toMatchObject([{ name: 'retention.ms', value: '60000' }]);
  }
  for (const version of versionsOf(messages.deleteTopics.api)) {
    const name = `${prefix}delete-${version}`;
    await create(versionsOf(messages.createTopics.api).at(-1) ?? 0, name);
    const answer = await client.call(messages.deleteTopics, version, {
      topicNames: [name],
      timeoutMs: 5000,
    });
    expect(answer.responses).toEqual([{ name, errorCode: none }]);
  }
  const answer = await create(versionsOf(messages.createTopics.api).at(-1) ?? 0, `${prefix}log`);
  expect(answer.topics[0]?.errorCode).toBe(none);
}

async function records(client: RawClient, versionsOf: Versions, name: string): Promise<void> {
  for (const version of versionsOf(messages.initProducerId.api)) {
    const answer = await client.call(messages.initProducerId, version, {
      transactionalId: null,
      transactionTimeoutMs: 1000,
    });
    expect(answer).toMatchObject({ errorCode: none, producerEpoch: 0 });
  }
  const produced = versionsOf(messages.produce.api);
  for (const [count, version] of produced.entries()) {
    const answer = await client.call(messages.produce, version, {
      transactionalId: null,
      acks: -1,
      timeoutMs: 5000,
      topics: [
        { name, partitions: [{ index: 0, records: makeBatch({ values: [`v${version}`] }) }] },
      ],
    });
    expect(answer.responses[0]?.partitions[0]).toMatchObject({
      errorCode: none,
      baseOffset: count,
    });
  }
  for (const version of versionsOf(messages.fetch.api)) {
    const answer = await client.call(messages.fetch, version, {
      replicaId: -1,
      maxWaitMs: 1000,
      minBytes: 1,
      maxBytes: 1_000_000,
      isolationLevel: 0,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [
        {
          topic: name,
          partitions: [
            {
              partition: 0,
              currentLeaderEpoch: -1,
              fetchOffset: 0,
              logStartOffset: -1,
              partitionMaxBytes: 1_000_000,
            },
          ],
        },
      ],
      forgottenTopics: [],
      rackId: '',
    });
    const [partition] = answer.responses[0]?.partitions ?? [];
    expect(partition).toMatchObject({ errorCode: none, highWatermark: produced.length });
    expect(recordsOf(partition).includes(`v${produced[0] ?? 0}`)).toBe(true);
  }
  for (const version of versionsOf(messages.listOffsets.api)) {
    const list = (timestamp: number) =>
      client.call(messages.listOffsets, version, {
        replicaId: -1,
        isolationLevel: 0,
        topics: [{ name, partitions: [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp }] }],
      });
    const offsets = [await list(-1), await list(-2), await list(1_700_000_000_000)].map(
      (answer) => answer.topics[0]?.partitions[0]?.offset,
    );
    expect(offsets).toEqual([produced.length, 0, 0]);
  }
}

async function groups(client: RawClient, versionsOf: Versions, prefix: string): Promise<void> {
  for (const version of versionsOf(messages.findCoordinator.api)) {
    const answer = await client.call(messages.findCoordinator, version, {
      key: `${prefix}g`,
      keyType: 0,
    });
    expect(answer).toMatchObject({ errorCode: none, host: '127.0.0.1' });
  }
  const joins = versionsOf(messages.joinGroup.api);
  for (const [index, version] of joins.entries()) {
    await oneGroup(client, versionsOf, prefix, `${prefix}g${version}`, version, index);
  }
}

/** The life cycle of one group, with the nth version of each API, or its last. */
async function oneGroup(
  client: RawClient,
  versionsOf: Versions,
  prefix: string,
  groupId: string,
  joinVersion: number,
  index: number,
): Promise<void> {
  const pick = (message: { api: Message<unknown, unknown>['api'] }) => {
    const versions = versionsOf(message.api);
    return versions[Math.min(index, versions.length - 1)] ?? 0;
  };
  const body = {
    groupId,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    memberId: '',
    groupInstanceId: null,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.from('m') }],
  };
  let joined = await client.call(messages.joinGroup, joinVersion, body);
  if (joinVersion >= 4) {
    expect(joined.errorCode).toBe(79);
    joined = await client.call(messages.joinGroup, joinVersion, {
      ...body,
      memberId: joined.memberId,
    });
  }
  const { memberId, generationId } = joined;
  expect(joined).toMatchObject({ errorCode: none, generationId: 1, leader: memberId });
  const membership = { groupId, generationId, memberId, groupInstanceId: null };
  const synced = await client.call(messages.syncGroup, pick(messages.syncGroup), {
    ...membership,
    assignments: [{ memberId, assignment: Buffer.from('mine') }],
  });
  expect(synced).toMatchObject({ errorCode: none, assignment: Buffer.from('mine') });
  const beat = await client.call(messages.heartbeat, pick(messages.heartbeat), membership);
  expect(beat.errorCode).toBe(none);
  await offsets(client, versionsOf, prefix, membership, index);
  const described = await client.call(messages.describeGroups, pick(messages.describeGroups), {
    groups: [groupId],
    includeAuthorizedOperations: false,
  });
  expect(described.groups).toMatchObject([{ errorCode: none, groupState: 'Stable' }]);
  expect(described.groups[0]?.members).toMatchObject([
    { memberId, clientId: 'raw', clientHost: '/127.0.0.1', memberMetadata: Buffer.from('m') },
  ]);
  const listed = await client.call(messages.listGroups, pick(messages.listGroups), {});
  expect(listed.groups).toContainEqual({ groupId, protocolType: 'consumer' });
  const left = await client.call(messages.leaveGroup, pick(messages.leaveGroup), {
    groupId,
    memberId,
    members: [{ memberId, groupInstanceId: null }],
  });
  expect(left.errorCode).toBe(none);
}

async function offsets(
  client: RawClient,
  versionsOf: Versions,
  prefix: string,
  membership: {
    groupId: string;
    generationId: number;
    memberId: string;
    groupInstanceId: null;
  },
  index: number,
): Promise<void> {
  const commits = versionsOf(messages.offsetCommit.api);
  const version = commits[Math.min(index, commits.length - 1)] ?? 0;
  const committed = await client.call(messages.offsetCommit, version, {
    ...membership,
    retentionTimeMs: -1,
    topics: [
      {
        name: `${prefix}log`,
        partitions: [
          {
            partitionIndex: 1,
            committedOffset: 7,
            committedLeaderEpoch: -1,
            committedMetadata: 'note',
          },
        ],
      },
    ],
  });
  expect(committed.topics[0]?.partitions).toEqual([{ partitionIndex: 1, errorCode: none }]);
  for (const fetchVersion of versionsOf(messages.offsetFetch.api)) {
    const fetched = await client.call(messages.offsetFetch, fetchVersion, {
      groupId: membership.groupId,
      topics: fetchVersion >= 2 ? null : [{ name: `${prefix}log`, partitionIndexes: [1] }],
    });
    expect(fetched.topics[0]?.partitions).toMatchObject([
      { partitionIndex: 1, committedOffset: 7, metadata: 'note', errorCode: none },
    ]);
  }
}

/** Every version that this broker supports. */
export const allVersions: Versions = ({ minVersion, maxVersion }) =>
  Array.from({ length: maxVersion - minVersion + 1 }, (_, index) => minVersion + index);

/** Exercises every version. @returns the request frames that were sent */
export async function everyRequest(client: RawClient, prefix: string): Promise<readonly Buffer[]> {
  await exerciseEveryVersion(client, allVersions, prefix);
  return client.sent;
}
