import type { TopicSettings } from '../../config/topicSettings.js';
import {
  hiddenConfigs,
  mendingText,
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
  'Start the brokers that are down, or see in their logs why their replicas fall behind.';

/** Does every event survive the loss of a broker, and do writes go on then? */
export async function examineReplication(
  stores: Pick<Stores, 'admin'>,
  place: KafkaPlace,
  settings: TopicSettings,
): Promise<Finding> {
  const look = async () =>
    replicationLook(await readReplication(stores.admin, place), settings, place);
  return examine(replicationCheck, look, brokersCure);
}

/** @param settings what the topics were meant to have, where that was decided */
export function replicationLook(
  state: ReplicationState,
  settings: TopicSettings,
  place: KafkaPlace,
): Look {
  const { counts, topics } = state;
  if (topics.length === 0) return { state: 'skipped', detail: 'there are no topics yet' };
  const refusing = topics.flatMap(refusingPartitions);
  const behind = behindText(topics);
  const problems = replicationProblems(state, settings);
  const details = [
    ...(refusing.length === 0 ? [] : [`Kafka refuses writes to ${refusing.join(', ')}`]),
    ...(behind === undefined ? [] : [behind]),
    ...problemTexts(problems),
    ...(state.configsHidden ? [hiddenConfigs(place)] : []),
  ];
  const detail = details.join('; ');
  const cures = [
    ...(behind === undefined ? [] : [brokersCure]),
    ...(problems.length === 0 ? [] : [mendingText(problems, place)]),
  ];
  const cure = cures.join(' ');
  if (refusing.length > 0) return { state: 'failed', detail, cure };
  if (cures.length > 0) return { state: 'warning', detail, cure };
  if (state.configsHidden) {
    return { state: 'skipped', detail, cure: 'Grant it, to have them checked.' };
  }
  return { state: 'ok', detail: summary(counts.known, topics) };
}

/** What topics lack; those that lack the same are named together. */
function problemTexts(problems: readonly ReplicationProblem[]): string[] {
  const details = new Set(problems.map(({ detail }) => detail));
  return [...details].map((detail) => {
    const names = problems.filter((each) => each.detail === detail).map(({ topic }) => topic);
    return `${names.join(', ')}: ${detail}`;
  });
}

/** Partitions of which fewer replicas are in sync than a write needs. */
function refusingPartitions({
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

/** Which brokers' replicas are not in sync; undefined where all are. */
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
  if (brokers === 1) return 'a single broker has nowhere to replicate to';
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
