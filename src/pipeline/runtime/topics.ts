import type { Endpoints } from '../../config/endpoints.js';
import type { TopicSettings } from '../../config/topicSettings.js';
import type { ClusterTopics, KafkaAdmin, TopicSpec } from '../../stores/kafka/admin.js';
import { isTooFewBrokers, isUnauthorized } from '../../stores/kafka/errors.js';
import { Failure } from '../../util/failure.js';
import type { Role } from '../contract/roles.js';
import { topicName, topics, type TopicKey } from '../contract/topics.js';
import {
  countBrokers,
  planReplication,
  wantedReplication,
  type BrokerCounts,
  type Refusal,
  type Replication,
} from './replication.js';

const keys = Object.keys(topics) as TopicKey[];

/** A pipeline's part of a Kafka. */
export type KafkaPlace = Pick<Endpoints, 'kafka' | 'namespace'>;

/**
 * Makes the topics that are missing, and sees that the others have partitions enough.
 * @param settings what is not set is the contract's number of partitions, and replication as the
 *   cluster's size asks for
 * @returns the cluster as it was before
 * @throws Failure (serviceFailed) with what to run where Kafka does not let us, has too few
 *   brokers, or a topic is too narrow; (usage) for settings that do not go together on this cluster;
 *   what kafkajs throws otherwise
 */
export async function prepareTopics(
  admin: Pick<KafkaAdmin, 'describeCluster' | 'createTopics'>,
  endpoints: KafkaPlace,
  settings: TopicSettings,
): Promise<ClusterTopics> {
  const specs = keys.map((key) => specOf(key, endpoints.namespace, settings.partitions));
  const cluster = await admin.describeCluster();
  const found = new Map([...cluster.topics].map(([name, { length }]) => [name, length]));
  const missing = specs.filter(({ name }) => !found.has(name));
  const narrow = specs.filter(
    (spec) => (found.get(spec.name) ?? spec.partitions) < spec.partitions,
  );
  if (narrow.length > 0) throw tooNarrow(narrow, found, endpoints);
  if (missing.length === 0) return cluster;
  await create(admin, endpoints, missing, countBrokers(cluster), settings);
  return cluster;
}

async function create(
  admin: Pick<KafkaAdmin, 'createTopics'>,
  endpoints: KafkaPlace,
  specs: readonly TopicSpec[],
  counts: BrokerCounts,
  settings: TopicSettings,
): Promise<void> {
  const { attempts, refusal } = planReplication(counts.known, settings);
  try {
    let refused: unknown;
    for (const replication of attempts) {
      refused = await refusalOf(admin, specs, replication);
      if (refused === undefined) return;
    }
    throw notReplicable(refusal, counts, endpoints, refused);
  } catch (error) {
    if (!isUnauthorized(error)) throw error;
    const wanted = wantedReplication(counts.known, settings);
    const commands = specs.map((spec) => creation({ ...spec, ...wanted }, endpoints));
    throw new Failure(
      `Kafka at ${endpoints.kafka.brokers.join(', ')} does not let ${userOf(endpoints)} create ` +
        `${specs.map(({ name }) => name).join(', ')}, missing or hidden from it`,
      {
        exit: 'serviceFailed',
        cure: ['Have them created:', ...commands].join('\n'),
        cause: error,
      },
    );
  }
}

/** Creates topics. @returns the error by which Kafka refuses them for want of brokers, if it does */
async function refusalOf(
  admin: Pick<KafkaAdmin, 'createTopics'>,
  specs: readonly TopicSpec[],
  replication: Replication,
): Promise<unknown> {
  try {
    await admin.createTopics(specs.map((spec) => ({ ...spec, ...replication })));
    return undefined;
  } catch (error) {
    if (isTooFewBrokers(error)) return error;
    throw error;
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

/** The command of Kafka's that creates a topic as we would. */
function creation(spec: TopicSpec, endpoints: KafkaPlace): string {
  const { name, partitions, retentionMs, replicationFactor, minInsyncReplicas } = spec;
  return [
    `kafka-topics.sh --bootstrap-server ${bootstrap(endpoints)} --create --topic ${name}`,
    `--partitions ${partitions}`,
    ...(replicationFactor === undefined ? [] : [`--replication-factor ${replicationFactor}`]),
    `--config retention.ms=${retentionMs}`,
    ...(minInsyncReplicas === undefined
      ? []
      : [`--config min.insync.replicas=${minInsyncReplicas}`]),
  ].join(' ');
}

function notReplicable(
  refusal: Refusal,
  counts: BrokerCounts,
  { kafka }: KafkaPlace,
  cause: unknown,
): Failure {
  const where = `Kafka at ${kafka.brokers.join(', ')}`;
  const factorNames = 'GAMEMETRICS_REPLICATION_FACTOR (--replication-factor)';
  switch (refusal.kind) {
    case 'factorUnknown':
      return new Failure(
        `min.insync.replicas ${refusal.minInsyncReplicas} needs a replication factor: ` +
          `${where} has too few brokers for three replicas`,
        { exit: 'usage', cure: `Set ${factorNames}, too.`, cause },
      );
    case 'factorTooLow':
      return new Failure(
        `min.insync.replicas ${refusal.minInsyncReplicas} is more than the replication factor ` +
          `${refusal.replicationFactor}, which topics get by default`,
        {
          exit: 'usage',
          cure: `Set ${factorNames}, too; or lower GAMEMETRICS_MIN_INSYNC_REPLICAS (--min-insync-replicas).`,
        },
      );
    case 'tooFewBrokers':
      return new Failure(
        `${where} has too few brokers to create a topic with ` +
          `${factorText(refusal.replicationFactor)}: ${brokersText(counts)}`,
        {
          exit: 'serviceFailed',
          cure:
            'Start the brokers that are down, or add some, and try again; or accept fewer ' +
            `replicas: set ${factorNames} to ${counts.alive} or less.`,
          cause,
        },
      );
  }
}

function factorText(replicationFactor: number | undefined): string {
  return replicationFactor === undefined
    ? 'its own default.replication.factor'
    : `replication factor ${replicationFactor}`;
}

function brokersText({ alive, known }: BrokerCounts): string {
  const alone = `${alive} ${alive === 1 ? 'is' : 'are'} alive`;
  return known === alive ? alone : `${alone} of the ${known} that it is known to have`;
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
