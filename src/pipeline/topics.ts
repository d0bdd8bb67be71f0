import type { Endpoints } from '../config/endpoints.js';
import { Failure } from '../config/failure.js';
import type { Role } from '../config/roles.js';
import type { KafkaAdmin, TopicSpec } from '../stores/kafka/admin.js';
import { isUnauthorized } from '../stores/kafka/errors.js';
import { topicName, topics, type TopicKey } from './contract/topics.js';

const keys = Object.keys(topics) as TopicKey[];

/** A pipeline's part of a Kafka. */
export type KafkaPlace = Pick<Endpoints, 'kafka' | 'namespace'>;

/**
 * Makes the topics that are missing, and sees that the others have partitions enough.
 * @param partitions of the topics whose key is a player's; the contract's number when left out
 * @throws Failure (serviceFailed) with what to run where Kafka does not let us, or a topic is too
 *   narrow; what kafkajs throws otherwise
 */
export async function prepareTopics(
  admin: KafkaAdmin,
  endpoints: KafkaPlace,
  partitions?: number,
): Promise<void> {
  const specs = keys.map((key) => specOf(key, endpoints.namespace, partitions));
  const counts = await admin.partitionCounts(specs.map(({ name }) => name));
  const missing = specs.filter(({ name }) => !counts.has(name));
  const narrow = specs.filter(
    (spec) => (counts.get(spec.name) ?? spec.partitions) < spec.partitions,
  );
  if (narrow.length > 0) throw tooNarrow(narrow, counts, endpoints);
  if (missing.length === 0) return;
  try {
    await admin.createTopics(missing);
  } catch (error) {
    if (!isUnauthorized(error)) throw error;
    const command = (spec: TopicSpec): string =>
      `kafka-topics.sh --bootstrap-server ${bootstrap(endpoints)} --create --topic ${spec.name} ` +
      `--partitions ${spec.partitions} --config retention.ms=${spec.retentionMs}`;
    throw new Failure(
      `Kafka at ${endpoints.kafka.brokers.join(', ')} does not let ${userOf(endpoints)} create ` +
        `${missing.map(({ name }) => name).join(', ')}, missing or hidden from it`,
      {
        exit: 'serviceFailed',
        cure: ['Have them created:', ...missing.map(command)].join('\n'),
        cause: error,
      },
    );
  }
}

/** What each role writes to or reads from. */
const topicsOf: Record<Role, readonly TopicKey[]> = {
  ingest: ['raw'],
  logger: ['raw', 'processed', 'deadLetters'],
  statistics: ['raw', 'statistics', 'deadLetters'],
  leaderboard: ['raw', 'leaderboards', 'deadLetters'],
  'dead-letter': ['deadLetters'],
};

/** @throws Failure (serviceFailed) that names each topic that roles need and Kafka does not show */
export async function requireTopics(
  admin: KafkaAdmin,
  endpoints: KafkaPlace,
  roles: readonly Role[],
): Promise<void> {
  const needed = new Set(roles.flatMap((role) => topicsOf[role]));
  const names = [...needed].map((key) => topicName(endpoints.namespace, key));
  const counts = await admin.partitionCounts(names);
  const missing = names.filter((name) => !counts.has(name));
  if (missing.length === 0) return;
  throw new Failure(
    `Kafka at ${endpoints.kafka.brokers.join(', ')} shows ${userOf(endpoints)} no topic ` +
      missing.join(', '),
    {
      exit: 'serviceFailed',
      cure: 'Create what is missing: gamemetrics run migrate; or grant the right to describe it.',
    },
  );
}

function specOf(key: TopicKey, namespace: string, partitions: number | undefined): TopicSpec {
  const { partitions: usual, retentionMs } = topics[key];
  // The other topics are of few records: one partition keeps their order.
  const count = usual === 1 ? 1 : (partitions ?? usual);
  return { name: topicName(namespace, key), partitions: count, retentionMs };
}

function tooNarrow(
  narrow: readonly TopicSpec[],
  counts: ReadonlyMap<string, number>,
  endpoints: KafkaPlace,
): Failure {
  const [first] = narrow;
  const found = narrow.map(({ name, partitions }) => {
    const count = counts.get(name) ?? 0;
    return `topic ${name} has ${count} ${count === 1 ? 'partition' : 'partitions'}, not ${partitions}`;
  });
  const commands = narrow.map(
    ({ name, partitions }) =>
      `kafka-topics.sh --bootstrap-server ${bootstrap(endpoints)} --alter --topic ${name} --partitions ${partitions}`,
  );
  return new Failure(`Kafka at ${endpoints.kafka.brokers.join(', ')}: ${found.join('; ')}`, {
    exit: 'serviceFailed',
    cure: [
      `Accept what is there with GAMEMETRICS_PARTITIONS=${counts.get(first?.name ?? '') ?? 1}, or add partitions while nothing runs:`,
      ...commands,
    ].join('\n'),
  });
}

function bootstrap({ kafka }: KafkaPlace): string {
  return kafka.brokers[0] ?? '';
}

function userOf({ kafka }: KafkaPlace): string {
  return kafka.sasl === undefined ? 'this client' : `the user "${kafka.sasl.username}"`;
}
