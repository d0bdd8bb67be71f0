import type { Admin } from 'kafkajs';

import { StoreUnavailable } from '../errors.js';
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
 * @throws what Kafka answers; StoreUnavailable where a log's end is unknown: its partition has no
 *   leader, or a new one that does not know how far the others had come before too few were in sync
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
