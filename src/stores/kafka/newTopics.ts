import { setTimeout as sleep } from 'node:timers/promises';

import type { Admin } from 'kafkajs';

import { isMissingTopic, isWithoutLeader } from './errors.js';

const pollMs = 100;
const knownWithinMs = 10_000;

/**
 * Waits until the brokers know newly created topics and their leaders. Brokers receive this metadata
 * only after the response to the creation. kafkajs waits only for leaders, and fails if a broker does
 * not know the topic yet.
 * @throws kafkajs's last error after ten seconds
 */
export async function untilKnown(
  admin: Pick<Admin, 'fetchTopicMetadata'>,
  topics: readonly string[],
): Promise<void> {
  const deadline = performance.now() + knownWithinMs;
  for (;;) {
    try {
      const known = await admin.fetchTopicMetadata({ topics: [...topics] });
      const partitions = known.topics.flatMap((topic) => topic.partitions);
      if (partitions.every(({ leader }) => leader >= 0)) return;
      if (performance.now() > deadline) throw new Error(`no leaders for ${topics.join(', ')}`);
    } catch (error) {
      const isNew = isMissingTopic(error) || isWithoutLeader(error);
      if (!isNew || performance.now() > deadline) throw error;
    }
    await sleep(pollMs);
  }
}
