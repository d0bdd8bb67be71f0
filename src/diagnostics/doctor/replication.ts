import type { TopicSettings } from '../../config/topicSettings.js';
import {
  hiddenConfigs,
  fixText,
  readReplication,
  replicationFactorOf,
  replicationProblems,
  type ReplicationProblem,
  type ReplicationState,
  type TopicReplication,
} from '../../pipeline/runtime/replicationReport.js';
import type { Stores } from '../../pipeline/runtime/stores.js';
import type { KafkaPlace } from '../../pipeline/runtime/topics.js';
import { examine, type Finding, type Look } from '../finding.js';

export const replicationCheck = 'topics are replicated';

const brokersCure =
  'Start the brokers that are down, or check in their logs why their replicas fall behind.';

/** Does every event survive the loss of a broker, and do writes continue? */
export async function examineReplication(
  stores: Pick<Stores, 'admin'>,
  place: KafkaPlace,
  settings: TopicSettings,
): Promise<Finding> {
  const look = async () =>
    replicationLook(await readReplication(stores.admin, place), settings, place);
  return examine(replicationCheck, look, brokersCure);
}

/** @param settings the configured settings of the topics, if known */
export function replicationLook(
  state: ReplicationState,
  settings: TopicSettings,
  place: KafkaPlace,
): Look {
  const { counts, topics } = state;
  if (topics.length === 0) return { state: 'skipped', detail: 'there are no topics yet' };
  const unwritable = topics.flatMap(unwritablePartitions);
  const behind = behindText(topics);
  const problems = replicationProblems(state, settings);
  const details = [
    ...(unwritable.length === 0 ? [] : [`Kafka rejects writes to ${unwritable.join(', ')}`]),
    ...(behind === undefined ? [] : [behind]),
    ...problemTexts(problems),
    ...(state.configsHidden ? [hiddenConfigs(place)] : []),
  ];
  const detail = details.join('; ');
  const cures = [
    ...(behind === undefined ? [] : [brokersCure]),
    ...(problems.length === 0 ? [] : [fixText(problems, place)]),
  ];
  const cure = cures.join(' ');
  if (unwritable.length > 0) return { state: 'failed', detail, cure };
  if (cures.length > 0) return { state: 'warning', detail, cure };
  if (state.configsHidden) {
    return { state: 'skipped', detail, cure: 'Grant the permission to enable this check.' };
  }
  return { state: 'ok', detail: summary(counts.known, topics) };
}

/** The problems of topics; topics with the same problem are grouped. */
function problemTexts(problems: readonly ReplicationProblem[]): string[] {
  const details = new Set(problems.map(({ detail }) => detail));
  return [...details].map((detail) => {
    const names = problems.filter((each) => each.detail === detail).map(({ topic }) => topic);
    return `${names.join(', ')}: ${detail}`;
  });
}

/** The partitions that reject writes because fewer replicas are in sync than a write requires. */
function unwritablePartitions({
  name,
  partitions,
  minInsyncReplicas: least = 1,
}: TopicReplication): string[] {
  return partitions
    .filter(({ replicas, inSync }) => inSync.length < Math.min(least, replicas.length))
    .map(
      ({ partition, inSync }) =>
        `${name} ${partition} (${inSync.length} in sync, min.insync.replicas ${least})`,
    );
}

/** Names the brokers whose replicas are not in sync; undefined if all are. */
function behindText(topics: readonly TopicReplication[]): string | undefined {
  const partitions = topics.flatMap((topic) => topic.partitions);
  const missing = partitions.map(({ replicas, inSync }) =>
    replicas.filter((id) => !inSync.includes(id)),
  );
  const behind = missing.filter(({ length }) => length > 0);
  if (behind.length === 0) return undefined;
  const brokers = [...new Set(behind.flat())].sort((a, b) => a - b);
  const which = brokers.length === 1 ? 'broker' : 'brokers';
  return `${behind.length} of ${partitions.length} partitions are under-replicated: ${which} ${brokers.join(', ')} not in sync`;
}

function summary(brokers: number, topics: readonly TopicReplication[]): string {
  if (brokers === 1) return 'a single broker has no other broker to replicate to';
  const factor = Math.min(...topics.map(replicationFactorOf));
  const least = topics.flatMap(({ minInsyncReplicas }) => minInsyncReplicas ?? []);
  const details = [
    `${brokers} brokers`,
    `replication factor ${factor}`,
    ...(least.length === 0 ? [] : [`min.insync.replicas ${Math.min(...least)}`]),
    'all in sync',
  ];
  return details.join(', ');
}
