import { describe, inject } from 'vitest';

import { createGameMetrics, type GameMetrics, type GameMetricsOptions } from '../../src/index.js';
import './provided.js';

const services = inject('services');

/** Like describe, for tests of the pipeline on the project's services; skipped where there are none. */
export const describePipeline = describe.skipIf('missing' in services);

/** A pipeline with a database, topics and keys of its own on the shared services. */
export async function createPipeline(
  options: Omit<GameMetricsOptions, 'stack' | 'isolated'> = {},
): Promise<GameMetrics> {
  if ('missing' in services) throw new Error(services.missing);
  return createGameMetrics({ ...options, stack: services, isolated: true });
}
