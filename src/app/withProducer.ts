import type { Endpoints } from '../config/endpoints.js';
import { KafkaProducer } from '../stores/kafka/producer.js';

/** Runs `work` with a producer for a target's Kafka, and closes it. */
export async function withProducer<T>(
  { kafka }: Endpoints,
  work: (producer: KafkaProducer) => Promise<T>,
): Promise<T> {
  await using producer = new KafkaProducer(kafka, { clientId: 'gamemetrics-cli', level: 'error' });
  return await work(producer);
}
