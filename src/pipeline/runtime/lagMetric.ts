import { Gauge, type Registry } from 'prom-client';

import { within } from '../../util/within.js';
import type { GroupProgress } from '../observe/progress.js';

/** How long a scrape waits for the stores, in milliseconds. */
const deadlineMs = 500;

/**
 * Adds the lag of a process's groups to its metrics. The lag is read at each scrape. While a store is
 * unavailable the metric has no value, which an alert can distinguish from a lag of 0.
 * @param read reads the progress of the groups
 */
export function registerLag(
  register: Registry,
  read: () => Promise<readonly GroupProgress[]>,
): void {
  let reading: Promise<readonly GroupProgress[]> | undefined;
  new Gauge({
    name: 'gamemetrics_consumer_lag_records',
    help: 'Records between the offset stored with the effects and the end of the log.',
    labelNames: ['role', 'partition'],
    registers: [register],
    async collect() {
      // If a read hangs, the next scrape does not start another one.
      reading ??= read()
        .catch(() => [])
        .finally(() => (reading = undefined));
      const groups = await within(reading, deadlineMs, () => []);
      this.reset();
      for (const { role, partitions } of groups) {
        for (const { partition, lag } of partitions) this.set({ role, partition }, lag);
      }
    },
  });
}
