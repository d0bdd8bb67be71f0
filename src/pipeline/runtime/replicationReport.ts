import type { TopicSettings } from '../../config/topicSettings.js';
import type { ClusterTopics, KafkaAdmin, PartitionReplicas } from '../../stores/kafka/admin.js';
import { topicName, topics, type TopicKey } from '../contract/topics.js';
import { countBrokers, minInsyncFor, wantedReplication, type BrokerCounts } from './replication.js';
import type { KafkaPlace } from './topics.js';

/** The replication of one of the pipeline's topics. */
export interface TopicReplication {
  readonly name: string;
  readonly partitions: readonly PartitionReplicas[];
  /** Undefined if it was not read. */
  readonly minInsyncReplicas: number | undefined;
}

/** The replication of the pipeline's existing topics. */
export interface ReplicationState {
  /** The ids of the brokers that are alive. */
  readonly brokers: readonly number[];
  readonly counts: BrokerCounts;
  readonly topics: readonly TopicReplication[];
  /** Whether the user lacks the permission to read the configuration of the topics. */
  readonly configsHidden: boolean;
}

/** A replication problem of an existing topic, and the values that fix it. */
export interface ReplicationProblem {
  readonly topic: string;
  readonly detail: string;
  /** The replicas that its partitions should have; empty while too few brokers are alive. */
  readonly reassignment?: readonly Assignment[];
  readonly minInsyncReplicas?: number;
}

/** In the format of kafka-reassign-partitions.sh. */
interface Assignment {
  readonly topic: string;
  readonly partition: number;
  readonly replicas: readonly number[];
}

/**
 * Reads the replication of the pipeline's topics; on a single broker their configuration is not read.
 * @param cluster a recent description of the cluster; if omitted, it is requested
 */
export async function readReplication(
  admin: Pick<KafkaAdmin, 'describeCluster' | 'minInsyncReplicas'>,
  { namespace }: KafkaPlace,
  cluster?: ClusterTopics,
): Promise<ReplicationState> {
  const described = cluster ?? (await admin.describeCluster());
  const counts = countBrokers(described);
  const found = (Object.keys(topics) as TopicKey[]).flatMap((key) => {
    const name = topicName(namespace, key);
    const partitions = described.topics.get(name);
    return partitions === undefined ? [] : [{ name, partitions }];
  });
  const names = found.map(({ name }) => name);
  const least = counts.known > 1 ? await admin.minInsyncReplicas(names) : new Map<string, number>();
  return {
    brokers: described.brokers,
    counts,
    topics: found.map((topic) => ({ ...topic, minInsyncReplicas: least?.get(topic.name) })),
    configsHidden: least === undefined,
  };
}

/** The replication factor of a topic: the smallest number of replicas of any partition. */
export function replicationFactorOf({ partitions }: TopicReplication): number {
  return Math.min(...partitions.map(({ replicas }) => replicas.length));
}

/**
 * Compares existing topics with the replication that the settings and the number of brokers
 * require.
 */
export function replicationProblems(
  { brokers, counts, topics: found }: ReplicationState,
  settings: TopicSettings,
): ReplicationProblem[] {
  const wanted = wantedReplication(counts.known, settings);
  return found.flatMap((topic) => {
    const factor = replicationFactorOf(topic);
    const wantedFactor = Math.max(factor, wanted.replicationFactor ?? factor);
    const isNarrow = factor < wantedFactor;
    const insync = insyncProblem(topic.minInsyncReplicas, wanted.minInsyncReplicas, wantedFactor);
    if (!isNarrow && insync === undefined) return [];
    const narrow = isNarrow ? [`replication factor ${factor}, not ${wantedFactor}`] : [];
    return {
      topic: topic.name,
      detail: [...narrow, ...(insync === undefined ? [] : [insync.detail])].join('; '),
      ...(isNarrow ? { reassignment: widened(topic, wantedFactor, brokers) } : {}),
      ...(insync === undefined ? {} : { minInsyncReplicas: insync.value }),
    };
  });
}

/**
 * The problem with a topic's `min.insync.replicas` and the right value; undefined if there is none.
 */
function insyncProblem(
  found: number | undefined,
  wanted: number | undefined,
  replicationFactor: number,
): { readonly detail: string; readonly value: number } | undefined {
  if (found === undefined) return undefined;
  if (wanted !== undefined && found < wanted) {
    return { detail: `min.insync.replicas ${found}, not ${wanted}`, value: wanted };
  }
  if (replicationFactor === 1 || found < replicationFactor) return undefined;
  return {
    detail: `min.insync.replicas ${found} of ${replicationFactor} replicas, which stops writes while one broker is down`,
    value: minInsyncFor(replicationFactor),
  };
}

/** Adds replicas to each partition, spread over the brokers; the preferred leader does not change. */
function widened(
  { name: topic, partitions }: TopicReplication,
  replicationFactor: number,
  brokers: readonly number[],
): Assignment[] {
  if (brokers.length < replicationFactor) return [];
  return partitions.map(({ partition, replicas }) => {
    const turn = partition % brokers.length;
    const others = [...brokers.slice(turn), ...brokers.slice(0, turn)].filter(
      (id) => !replicas.includes(id),
    );
    const missing = Math.max(0, replicationFactor - replicas.length);
    return { topic, partition, replicas: [...replicas, ...others.slice(0, missing)] };
  });
}

/** The fix of replication problems, in one line: the commands of Kafka, in the order to run them. */
export function fixText(problems: readonly ReplicationProblem[], { kafka }: KafkaPlace): string {
  if (problems.some(({ reassignment }) => reassignment?.length === 0)) {
    return 'Start the brokers that are down first.';
  }
  const server = `--bootstrap-server ${kafka.brokers[0] ?? ''}`;
  const partitions = problems.flatMap(({ reassignment }) => reassignment ?? []);
  const json = JSON.stringify({ version: 1, partitions });
  const reassign = `kafka-reassign-partitions.sh ${server} --execute --reassignment-json-file <(echo '${json}')`;
  const configs = problems.flatMap(({ topic, minInsyncReplicas: least }) =>
    least === undefined
      ? []
      : `kafka-configs.sh ${server} --alter --entity-type topics --entity-name ${topic} --add-config min.insync.replicas=${least}`,
  );
  const steps = [
    ...(partitions.length === 0 ? [] : [reassign]),
    ...(configs.length === 0 ? [] : [configs.join(' && ')]),
  ];
  // If it is raised earlier, Kafka rejects writes until the new replicas have been copied.
  return `Run: ${steps.join(' ; once the new replicas are in sync: ')}`;
}

/** The warnings about existing topics at startup: one line each, with the fix. */
export function replicationWarnings(
  state: ReplicationState,
  settings: TopicSettings,
  place: KafkaPlace,
): string[] {
  const warnings = replicationProblems(state, settings).map(
    (problem) => `topic ${problem.topic} has ${problem.detail}. ${fixText([problem], place)}`,
  );
  return state.configsHidden ? [...warnings, hiddenConfigs(place)] : warnings;
}

/** The reason why `min.insync.replicas` could not be read. */
export function hiddenConfigs({ kafka }: KafkaPlace): string {
  const user = kafka.sasl === undefined ? 'this client' : `the user "${kafka.sasl.username}"`;
  return `min.insync.replicas of the topics is not checked: ${user} lacks the DescribeConfigs permission on them`;
}
