import { setTimeout as sleep } from 'node:timers/promises';

import type { Admin } from 'kafkajs';

import { isMissingTopic, isWithoutLeader } from './errors.js';

const pollMs = 100;
const knownWithinMs = 10_000;

/**
 * Waits until Kafka knows topics that it has just created, and their leaders: a broker learns of them
 * after it has answered. kafkajs waits for leaders alone, and fails where it is asked too soon.
 * @throws what Kafka answers after ten seconds
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
