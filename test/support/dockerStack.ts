import type { TestProject } from 'vitest/node';

import { createGameMetrics } from '../../src/index.js';
import { missingDocker } from './docker.js';
import './provided.js';

/** Kafka, PostgreSQL and Redis in containers, for tests that run on all stacks. */
export default async function setup(
  project: TestProject,
): Promise<(() => Promise<void>) | undefined> {
  const missing = missingDocker();
  if (missing !== undefined) {
    process.stdout.write(`integration-docker is skipped: ${missing}\n`);
    project.provide('services', { missing });
    return undefined;
  }
  const stack = await createGameMetrics({ stack: 'docker', roles: 'none' });
  project.provide('services', stack.endpoints);
  return async () => stack.stop();
}
