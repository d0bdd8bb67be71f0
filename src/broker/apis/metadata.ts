import { errorCodes, type ErrorCode } from '../codec/errorCodes.js';
import {
  array,
  boolean,
  int16,
  int32,
  nullableArray,
  nullableString,
  since,
  string,
  struct,
  type Infer,
} from '../codec/layout.js';
import { onlyLeaderEpoch } from '../log/partitionLog.js';
import { isLegalTopicName, maxPartitions, type Topic } from '../log/topicStore.js';
import { defineApi, type RequestContext, type Services } from './api.js';
import { authorizedOperationsOmitted } from './authorizedOperations.js';

export const request = struct({
  /** null: all topics. In version 0, an empty list also means all. */
  topics: nullableArray(struct({ name: string })),
  allowAutoTopicCreation: since(4, boolean, true),
  includeClusterAuthorizedOperations: since(8, boolean, false),
  includeTopicAuthorizedOperations: since(8, boolean, false),
});

export const response = struct({
  throttleTimeMs: since(3, int32, 0),
  brokers: array(
    struct({
      nodeId: int32,
      host: string,
      port: int32,
      rack: since(1, nullableString, null),
    }),
  ),
  clusterId: since(2, nullableString, null),
  controllerId: since(1, int32, -1),
  topics: array(
    struct({
      errorCode: int16,
      name: string,
      isInternal: since(1, boolean, false),
      partitions: array(
        struct({
          errorCode: int16,
          partitionIndex: int32,
          leaderId: int32,
          leaderEpoch: since(7, int32, -1),
          replicaNodes: array(int32),
          isrNodes: array(int32),
          offlineReplicas: since(5, array(int32), []),
        }),
      ),
      topicAuthorizedOperations: since(8, int32, authorizedOperationsOmitted),
    }),
  ),
  clusterAuthorizedOperations: since(8, int32, authorizedOperationsOmitted),
});

type TopicMetadata = Infer<typeof response>['topics'][number];

function describe(topic: Topic, nodeId: number): TopicMetadata {
  return {
    errorCode: errorCodes.NONE,
    name: topic.name,
    isInternal: false,
    partitions: topic.partitions.map((_, partitionIndex) => ({
      errorCode: errorCodes.NONE,
      partitionIndex,
      leaderId: nodeId,
      leaderEpoch: onlyLeaderEpoch,
      replicaNodes: [nodeId],
      isrNodes: [nodeId],
      offlineReplicas: [],
    })),
    topicAuthorizedOperations: authorizedOperationsOmitted,
  };
}

function unknown(name: string, errorCode: ErrorCode): TopicMetadata {
  const topicAuthorizedOperations = authorizedOperationsOmitted;
  return { errorCode, name, isInternal: false, partitions: [], topicAuthorizedOperations };
}

function findOrCreate(name: string, mayCreate: boolean, services: Services): TopicMetadata {
  const { topics, identity, settings } = services;
  const topic = topics.get(name);
  if (topic !== undefined) return describe(topic, identity.nodeId);
  if (!isLegalTopicName(name)) return unknown(name, errorCodes.INVALID_TOPIC_EXCEPTION);
  const fits = topics.partitionCount + settings.numPartitions <= maxPartitions;
  if (!mayCreate || !settings.autoCreateTopics || !fits) {
    return unknown(name, errorCodes.UNKNOWN_TOPIC_OR_PARTITION);
  }
  return describe(topics.create(name, settings.numPartitions), identity.nodeId);
}

function topicsOf(
  { topics: requested, allowAutoTopicCreation }: Infer<typeof request>,
  { services, version }: RequestContext,
): TopicMetadata[] {
  if (requested === null || (version === 0 && requested.length === 0)) {
    return services.topics.all().map((topic) => describe(topic, services.identity.nodeId));
  }
  const names = new Set(requested.map(({ name }) => name));
  return [...names].map((name) => findOrCreate(name, allowAutoTopicCreation, services));
}

export const metadata = defineApi({
  key: 3,
  name: 'Metadata',
  minVersion: 0,
  maxVersion: 8,
  flexibleFrom: 9,
  request,
  response,
  handle(body, context) {
    const { nodeId, host, port, clusterId } = context.services.identity;
    return {
      throttleTimeMs: 0,
      brokers: [{ nodeId, host, port, rack: null }],
      clusterId,
      controllerId: nodeId,
      topics: topicsOf(body, context),
      clusterAuthorizedOperations: authorizedOperationsOmitted,
    };
  },
});
