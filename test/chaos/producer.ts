import { setTimeout as sleep } from 'node:timers/promises';

import kafkajs, { Partitioners, type Producer } from 'kafkajs';
import { v7 as uuidv7 } from 'uuid';

import type { GeneratedEvent } from '../../src/generators/events.js';
import type { GameMetrics } from '../../src/index.js';
import { topicName } from '../../src/pipeline/contract/topics.js';
import type { Random } from '../faults/random.js';
import { until } from '../support/until.js';
import type { History } from './history.js';

const records = 20;

/** Writes events, and sometimes invalid messages, directly to the raw topic. */
export async function produceDirectly(
  gm: GameMetrics,
  history: History,
  random: Random,
  overMs: number,
): Promise<void> {
  const producer = gm.kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: Partitioners.DefaultPartitioner,
    retry: { retries: 20, maxRetryTime: 1_000 },
  });
  const topic = topicName(gm.endpoints.namespace, 'raw');
  try {
    await until(async () => connected(producer));
    for (let index = 0; index < records; index += 1) {
      if (random.chance(0.25)) {
        const garbage = `garbage ${uuidv7()}`;
        await producer.send({ topic, messages: [{ key: 'garbage', value: garbage }] });
        history.garbage.push(garbage);
      } else {
        await produceEvent(producer, topic, history, random);
      }
      await sleep(overMs / records);
    }
  } finally {
    await producer.disconnect();
  }
}

/** kafkajs fails if a broker stops while the producer requests its id, so this retries. */
async function connected(producer: Producer): Promise<boolean> {
  try {
    await producer.connect();
    return true;
  } catch (error) {
    if (error instanceof kafkajs.KafkaJSError) return false;
    throw error;
  }
}

async function produceEvent(
  producer: Producer,
  topic: string,
  history: History,
  random: Random,
): Promise<void> {
  const event: GeneratedEvent = {
    event_id: uuidv7(),
    event_type: 'player_score',
    player_id: `direct-${random.between(1, 3)}`,
    game_id: 'game-1',
    timestamp: new Date().toISOString(),
    data: { score: random.between(-100, 100) },
  };
  const value = JSON.stringify({ ...event, ingested_at: new Date().toISOString() });
  const atMs = history.now();
  await producer.send({ topic, messages: [{ key: event.player_id, value }] });
  const attempt = { atMs, endMs: history.now(), answer: 'accepted', detail: 'Kafka' } as const;
  history.attempted(event, true, attempt);
}
