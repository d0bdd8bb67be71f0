import type { TestProject } from 'vitest/node';

import { createGameMetrics } from '../../src/index.js';
import { saslKafka } from './saslKafka.js';
import './provided.js';

/** The embedded PostgreSQL and Redis with a real Apache Kafka over SASL_SSL and SCRAM-SHA-512. */
export default async function setup(
  project: TestProject,
): Promise<(() => Promise<void>) | undefined> {
  const sasl = saslKafka();
  if (sasl === undefined) {
    const missing = 'GAMEMETRICS_TEST_KAFKA_SASL names no real Apache Kafka with SASL_SSL';
    process.stdout.write(`integration-kafka-sasl is skipped: ${missing}\n`);
    project.provide('services', { missing });
    return undefined;
  }
  const stack = await createGameMetrics({ stack: 'embedded', roles: 'none' });
  project.provide('services', { ...stack.endpoints, kafka: sasl.encrypted });
  return async () => stack.stop();
}
