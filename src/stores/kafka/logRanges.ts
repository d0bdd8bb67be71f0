import type { Admin } from 'kafkajs';

import { StoreUnavailable } from '../errors.js';
import { isWithoutLeader } from './errors.js';

/** The first offset and the log end of a partition. */
export interface LogRange {
  readonly partition: number;
  readonly start: number;
  readonly end: number;
}

/**
 * The first offset and the log end of every partition of a topic, in order. A missing partition is
 * an error, because a caller that sums the ranges would count it as empty.
 * @throws kafkajs's error; StoreUnavailable if a log end is unknown because the partition has no
 *   leader, or because its new leader cannot yet determine the high watermark: too few replicas are
 *   in sync
 */
export async function readLogRanges(
  admin: Pick<Admin, 'fetchTopicOffsets'>,
  topic: string,
): Promise<LogRange[]> {
  const offsets = await admin.fetchTopicOffsets(topic).catch((error: unknown) => {
    if (!isWithoutLeader(error)) throw error;
    const why = `a partition of ${topic} has no leader, or too few replicas in sync`;
    throw new StoreUnavailable('kafka', new Error(why, { cause: error }));
  });
  const ranges = offsets
    .map(({ partition, low, high }) => ({ partition, start: Number(low), end: Number(high) }))
    .sort((a, b) => a.partition - b.partition);
  const isComplete = ranges.length > 0 && ranges.every(({ partition }, at) => partition === at);
  if (!isComplete) throw new Error(`Kafka did not answer for every partition of ${topic}`);
  return ranges;
}

/** Like {@link readLogRanges}, but returns undefined if a partition has no leader. */
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
