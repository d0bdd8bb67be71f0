import { errorCodes, type ErrorCode } from '../codec/errorCodes.js';
import {
  array,
  boolean,
  int16,
  int32,
  nullableString,
  since,
  string,
  struct,
  type Infer,
} from '../codec/layout.js';
import { configProblem } from '../log/topicConfig.js';
import { isLegalTopicName, maxPartitions } from '../log/topicStore.js';
import { defineApi, type Services } from './api.js';

const creatableTopic = struct({
  name: string,
  /** -1: the broker's default, or the number of `assignments`. */
  numPartitions: int32,
  replicationFactor: int16,
  assignments: array(struct({ partitionIndex: int32, brokerIds: array(int32) })),
  configs: array(struct({ name: string, value: nullableString })),
});

export const request = struct({
  topics: array(creatableTopic),
  timeoutMs: int32,
  validateOnly: since(1, boolean, false),
});

export const response = struct({
  throttleTimeMs: since(2, int32, 0),
  topics: array(
    struct({
      name: string,
      errorCode: int16,
      errorMessage: since(1, nullableString, null),
    }),
  ),
});

type CreatableTopic = Infer<typeof creatableTopic>;
type Problem = readonly [ErrorCode, string];

function partitionsOf(topic: CreatableTopic, services: Services): number {
  if (topic.assignments.length > 0) return topic.assignments.length;
  return topic.numPartitions === -1 ? services.settings.numPartitions : topic.numPartitions;
}

/** @returns why the topic cannot be created, or undefined */
function problemOf(topic: CreatableTopic, services: Services): Problem | undefined {
  if (!isLegalTopicName(topic.name)) {
    const message = `Topic name is illegal: 1 to 249 of a-z, A-Z, 0-9, '.', '_' and '-' are expected`;
    return [errorCodes.INVALID_TOPIC_EXCEPTION, message];
  }
  if (services.topics.get(topic.name) !== undefined) {
    return [errorCodes.TOPIC_ALREADY_EXISTS, `Topic '${topic.name}' already exists.`];
  }
  return (
    replicationProblem(topic) ??
    assignmentProblem(topic, services.identity.nodeId) ??
    partitionProblem(partitionsOf(topic, services), services) ??
    configsProblem(topic)
  );
}

function replicationProblem({ replicationFactor }: CreatableTopic): Problem | undefined {
  if (replicationFactor === 1 || replicationFactor === -1) return undefined;
  const message = `Replication factor ${replicationFactor} is larger than the number of brokers: 1`;
  return [errorCodes.INVALID_REPLICATION_FACTOR, message];
}

function assignmentProblem(topic: CreatableTopic, nodeId: number): Problem | undefined {
  const { assignments } = topic;
  if (assignments.length === 0) return undefined;
  if (topic.numPartitions !== -1 || topic.replicationFactor !== -1) {
    const message = 'With assignments, partitions and replication factor must both be -1';
    return [errorCodes.INVALID_REQUEST, message];
  }
  const indices = new Set(assignments.map(({ partitionIndex }) => partitionIndex));
  const consecutive = assignments.every((_, index) => indices.has(index));
  const onThisNode = assignments.every(
    ({ brokerIds }) => brokerIds.length === 1 && brokerIds[0] === nodeId,
  );
  return consecutive && onThisNode
    ? undefined
    : [
        errorCodes.INVALID_REPLICA_ASSIGNMENT,
        `Partitions must be numbered from 0, each with the single replica ${nodeId}`,
      ];
}

function partitionProblem(partitions: number, { topics }: Services): Problem | undefined {
  if (partitions < 1) {
    return [errorCodes.INVALID_PARTITIONS, 'Number of partitions must be larger than 0.'];
  }
  const left = maxPartitions - topics.partitionCount;
  return partitions > left
    ? [errorCodes.INVALID_PARTITIONS, `The embedded broker has room for ${left} more partitions`]
    : undefined;
}

function configsProblem({ configs }: CreatableTopic): Problem | undefined {
  const problem = configs
    .map(({ name, value }) => configProblem(name, value))
    .find((each) => each !== undefined);
  return problem === undefined ? undefined : [errorCodes.INVALID_CONFIG, problem];
}

function create(topic: CreatableTopic, services: Services): Problem {
  const config = topic.configs.flatMap(({ name, value }) =>
    value === null ? [] : [[name, value]],
  );
  try {
    services.topics.create(
      topic.name,
      partitionsOf(topic, services),
      Object.fromEntries(config) as Record<string, string>,
    );
    return [errorCodes.NONE, ''];
  } catch (error) {
    return [errorCodes.KAFKA_STORAGE_ERROR, String(error)];
  }
}

export const createTopics = defineApi({
  key: 19,
  name: 'CreateTopics',
  minVersion: 0,
  maxVersion: 4,
  flexibleFrom: 5,
  request,
  response,
  handle({ topics, validateOnly }, { services }) {
    const names = topics.map(({ name }) => name);
    const isRepeated = (name: string) => names.indexOf(name) !== names.lastIndexOf(name);
    const results = topics.map((topic): readonly [string, Problem] => {
      if (isRepeated(topic.name)) {
        return [topic.name, [errorCodes.INVALID_REQUEST, 'Duplicate topic name.']];
      }
      const problem = problemOf(topic, services);
      const done: Problem = [errorCodes.NONE, ''];
      return [topic.name, problem ?? (validateOnly ? done : create(topic, services))];
    });
    return {
      throttleTimeMs: 0,
      topics: [...new Map(results)].map(([name, [errorCode, message]]) => ({
        name,
        errorCode,
        errorMessage: errorCode === errorCodes.NONE ? null : message,
      })),
    };
  },
});
