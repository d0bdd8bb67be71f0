import type { TestProject } from 'vitest/node';

import { createGameMetrics } from '../../src/index.js';
import './provided.js';

/** The embedded PostgreSQL and Redis with the Apache Kafka of GAMEMETRICS_TEST_KAFKA. */
export default async function setup(
  project: TestProject,
): Promise<(() => Promise<void>) | undefined> {
  const brokers = process.env['GAMEMETRICS_TEST_KAFKA'];
  if (brokers === undefined || brokers === '') {
    const missing = 'GAMEMETRICS_TEST_KAFKA names no real Apache Kafka';
    process.stdout.write(`integration-kafka is skipped: ${missing}\n`);
    project.provide('services', { missing });
    return undefined;
  }
  const stack = await createGameMetrics({ stack: 'embedded', roles: 'none' });
  project.provide('services', { ...stack.endpoints, kafka: { brokers: brokers.split(',') } });
  return async () => stack.stop();
}
