import { setTimeout as sleep } from 'node:timers/promises';

import { topicName, topics, type TopicKey } from '../../pipeline/contract/topics.js';
import { readProgress, type GroupProgress } from '../../pipeline/observe/progress.js';
import type { Stores } from '../../pipeline/runtime/stores.js';
import type { BrowsedGroup, BrowsedTopic, KafkaBrowser } from '../../stores/kafka/browser.js';
import { examine, type Finding, type Look } from '../finding.js';

const brokerCure =
  'Check KAFKA_BOOTSTRAP_SERVERS, and that the brokers are running ("gamemetrics status", ' +
  '"gamemetrics logs broker").';

/** How long a group with lag has to make progress. */
const movesWithinMs = 2_000;
const pollMs = 100;

export const topicsCheck = 'events reach Kafka';

/** "Events not appearing in Kafka": are the brokers available, and do the topics exist? */
export async function examineTopics(
  browser: KafkaBrowser,
  brokers: readonly string[],
  namespace: string,
): Promise<Finding> {
  const look = async () => topicsLook(await browser.topics(), brokers, namespace);
  return examine(topicsCheck, look, brokerCure);
}

/** @param found the topics in Kafka */
export function topicsLook(
  found: readonly BrowsedTopic[],
  brokers: readonly string[],
  namespace: string,
): Look {
  const wanted = (Object.keys(topics) as TopicKey[]).map((key) => topicName(namespace, key));
  const missing = wanted.filter((name) => !found.some((topic) => topic.name === name));
  const where = `Kafka at ${brokers.join(',')}`;
  if (missing.length > 0) {
    return {
      state: 'failed',
      detail: `${where} lacks the topics ${missing.join(', ')}`,
      cure: 'Create them with "gamemetrics run migrate", or correct KAFKA_BOOTSTRAP_SERVERS.',
    };
  }
  const leaderless = found.filter(
    ({ name, partitions }) =>
      wanted.includes(name) && partitions.some(({ leader, end }) => leader < 0 || end === null),
  );
  if (leaderless.length > 0) {
    const names = leaderless.map(({ name }) => name).join(', ');
    return { state: 'failed', detail: `partitions of ${names} have no leader`, cure: brokerCure };
  }
  const raw = found.find(({ name }) => name === topicName(namespace, 'raw'));
  const written = raw?.partitions.reduce((sum, { end }) => sum + (end ?? 0), 0) ?? 0;
  return { state: 'ok', detail: `${where}: ${wanted.length} topics, ${written} events written` };
}

/** "Consumer not processing events": does each group have members, and does it make progress? */
export async function examineGroups(stores: Stores): Promise<Finding[]> {
  const before = await readProgress(stores);
  const deadline = performance.now() + movesWithinMs;
  let after = before;
  while (after.some((group, index) => isStuck(group, before[index]))) {
    if (performance.now() > deadline) break;
    await sleep(pollMs);
    after = await readProgress(stores);
  }
  const groups = await stores.browser.groups(after.map(({ group }) => group));
  return after.map((now, index) => ({
    check: `${now.role} processes`,
    ...groupLook(now, before[index] ?? now, groups),
  }));
}

function isStuck(now: GroupProgress, before: GroupProgress | undefined): boolean {
  return now.lag > 0 && now.processed <= (before?.processed ?? 0);
}

/** @param groups the consumer groups in Kafka */
export function groupLook(
  now: GroupProgress,
  before: GroupProgress,
  groups: readonly BrowsedGroup[],
): Look {
  const members = groups.find(({ group }) => group === now.group)?.members.length ?? 0;
  const lag = `${now.processed} processed, lag ${now.lag}`;
  const cure =
    `Check its offsets with "gamemetrics kafka groups ${now.group}", and the log with ` +
    '"gamemetrics logs worker".';
  if (members === 0) {
    return { state: 'failed', detail: `${lag}: group ${now.group} has no members`, cure };
  }
  if (isStuck(now, before)) {
    return { state: 'failed', detail: `${lag}: it makes no progress`, cure };
  }
  return { state: 'ok', detail: lag };
}
