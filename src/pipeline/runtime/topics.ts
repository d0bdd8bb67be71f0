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

/** A Kafka cluster and the namespace of a pipeline in it. */
export type KafkaPlace = Pick<Endpoints, 'kafka' | 'namespace'>;

/**
 * Creates the missing topics and checks that existing ones have enough partitions.
 * @param settings default to the contract's number of partitions, and to a replication that depends
 *   on the number of brokers
 * @returns the cluster as it was before the topics were created
 * @throws Failure (service_failed) with the commands to run if the user lacks a permission, Kafka
 *   has too few brokers, or a topic has too few partitions; (invalid_setting) if settings contradict each
 *   other on this cluster; otherwise kafkajs's error
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
      `Kafka at ${endpoints.kafka.brokers.join(', ')} does not allow ${userOf(endpoints)} to create ` +
        `${specs.map(({ name }) => name).join(', ')} (missing, or not visible to it)`,
      {
        code: 'service_failed',
        cure: ['Create them as an authorized user:', ...commands].join('\n'),
        cause: error,
      },
    );
  }
}

/** Creates topics. @returns Kafka's error if it has too few brokers, else undefined */
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

/** The topics that each role reads or writes. */
const topicsOf: Record<Role, readonly TopicKey[]> = {
  ingest: ['raw'],
  logger: ['raw', 'processed', 'deadLetters'],
  statistics: ['raw', 'statistics', 'deadLetters'],
  leaderboard: ['raw', 'leaderboards', 'deadLetters'],
  'dead-letter': ['deadLetters'],
};

/** @throws Failure (service_failed) that names each required topic that is missing or not visible */
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
    `Kafka at ${endpoints.kafka.brokers.join(', ')}: ${userOf(endpoints)} cannot see the topics ` +
      missing.join(', '),
    { code: 'topics_missing' },
  );
}

function specOf(key: TopicKey, namespace: string, partitions: number | undefined): TopicSpec {
  const { partitions: usual, retentionMs } = topics[key];
  // The topics with one partition have few records, and one partition preserves their order.
  const count = usual === 1 ? 1 : (partitions ?? usual);
  return { name: topicName(namespace, key), partitions: count, retentionMs };
}

/** The Kafka command that creates a topic with the same settings. */
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
        { code: 'invalid_setting', cure: `Set ${factorNames}, too.`, cause },
      );
    case 'factorTooLow':
      return new Failure(
        `min.insync.replicas ${refusal.minInsyncReplicas} is greater than the replication factor ` +
          `${refusal.replicationFactor}, which is the default`,
        {
          code: 'invalid_setting',
          cure: `Set ${factorNames}, too; or lower GAMEMETRICS_MIN_INSYNC_REPLICAS (--min-insync-replicas).`,
        },
      );
    case 'tooFewBrokers':
      return new Failure(
        `${where} has too few brokers to create a topic with ` +
          `${factorText(refusal.replicationFactor)}: ${brokersText(counts)}`,
        {
          code: 'service_failed',
          cure:
            'Start the brokers that are down, or add brokers, and retry. To accept fewer replicas, ' +
            `set ${factorNames} to ${counts.alive} or less.`,
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
  const verb = alive === 1 ? 'is' : 'are';
  return known === alive
    ? `${alive} ${verb} alive`
    : `${alive} of its ${known} known brokers ${verb} alive`;
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
    code: 'service_failed',
    cure: [
      `Accept the existing partitions with GAMEMETRICS_PARTITIONS=${counts.get(first?.name ?? '') ?? 1}, or add partitions while the pipeline is stopped:`,
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
