import type { GameMetrics } from '../../src/index.js';
import { topicName, topics } from '../../src/pipeline/contract/topics.js';
import type { FaultyPipeline } from '../faults/faultyPipeline.js';
import type { Random } from '../faults/random.js';
import { until } from '../support/until.js';
import type { History } from './history.js';
import { runChaosLoad } from './load.js';

const consumers = ['logger', 'statistics', 'leaderboard'] as const;

/** Deletes the raw topic and recreates it, empty. */
export async function recreateTopic({ kafka, endpoints }: GameMetrics): Promise<void> {
  const topic = topicName(endpoints.namespace, 'raw');
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.deleteTopics({ topics: [topic] });
    // Kafka deletes in the background and until then rejects a topic of the same name.
    await until(async () => {
      await admin
        .createTopics({ topics: [{ topic, numPartitions: topics.raw.partitions }] })
        .catch(() => false);
      return (await admin.fetchTopicMetadata({ topics: [topic] })).topics.some(
        ({ partitions }) => partitions.length === topics.raw.partitions,
      );
    });
  } finally {
    await admin.disconnect();
  }
}

/**
 * Recreates the topic twice, the second time while the consumers are paused. Before they resume,
 * the new log has grown beyond their offsets in the old one.
 */
export async function recreateTopicUnseen(
  pipeline: FaultyPipeline,
  history: History,
  random: Random,
): Promise<void> {
  const { direct, processes, url } = pipeline;
  const seed = random.between(0, 2 ** 31);
  const load = { url, random, history, overMs: 300 };
  await recreateTopic(direct);
  await runChaosLoad({ ...load, seed, events: 60 });
  await direct.waitDrained();
  try {
    for (const name of consumers) processes.pause(name);
    await recreateTopic(direct);
    await runChaosLoad({ ...load, seed: seed + 1, events: 400 });
  } finally {
    for (const name of consumers) processes.resume(name);
  }
}
