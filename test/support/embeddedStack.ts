import type { TestProject } from 'vitest/node';

import { createGameMetrics } from '../../src/index.js';
import './provided.js';

/** One embedded stack for all integration tests, each of which uses its own namespace. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stack = await createGameMetrics({ stack: 'embedded', roles: 'none' });
  project.provide('services', stack.endpoints);
  return async () => stack.stop();
}
