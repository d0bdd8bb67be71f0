import { describe, inject } from 'vitest';

import { createGameMetrics, type GameMetrics, type GameMetricsOptions } from '../../src/index.js';
import './provided.js';

const services = inject('services');

/** Like describe, for tests on the services of the vitest project; skipped if there are none. */
export const describePipeline = describe.skipIf('missing' in services);

/** A pipeline with its own database, topics and keys on the shared services. */
export async function createPipeline(
  options: Omit<GameMetricsOptions, 'stack' | 'isolated'> = {},
): Promise<GameMetrics> {
  if ('missing' in services) throw new Error(services.missing);
  return createGameMetrics({ ...options, stack: services, isolated: true });
}
