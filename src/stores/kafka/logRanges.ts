import type { Admin } from 'kafkajs';

import { isWithoutLeader } from './errors.js';

/** First offset and log end of a partition. */
export interface LogRange {
  readonly partition: number;
  readonly start: number;
  readonly end: number;
}

/**
 * First offset and log end of every partition of a topic, in order. None is left out: a caller that
 * adds them up would count it as empty.
 * @throws what Kafka answers, LEADER_NOT_AVAILABLE where a partition has no leader
 */
export async function readLogRanges(
  admin: Pick<Admin, 'fetchTopicOffsets'>,
  topic: string,
): Promise<LogRange[]> {
  const offsets = await admin.fetchTopicOffsets(topic);
  const ranges = offsets
    .map(({ partition, low, high }) => ({ partition, start: Number(low), end: Number(high) }))
    .sort((a, b) => a.partition - b.partition);
  const isComplete = ranges.length > 0 && ranges.every(({ partition }, at) => partition === at);
  if (!isComplete) throw new Error(`Kafka did not answer for every partition of ${topic}`);
  return ranges;
}

/** The same, but undefined where a partition has no leader now. */
export async function readLogRangesIfLed(
  admin: Pick<Admin, 'fetchTopicOffsets'>,
  topic: string,
): Promise<LogRange[] | undefined> {
  try {
    return await readLogRanges(admin, topic);
  } catch (error) {
    if (isWithoutLeader(error)) return undefined;
    throw error;
  }
}
