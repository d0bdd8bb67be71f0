import { Gauge, type Registry } from 'prom-client';

import { within } from '../../util/within.js';
import type { GroupProgress } from '../observe/progress.js';

/** The longest that a scrape waits for the stores, in milliseconds. */
const deadlineMs = 500;

/**
 * Adds the lag of a process's groups to its metrics. It is read at each scrape; while a store is
 * away there is no value, which an alert can tell from a lag of 0.
 * @param read the groups' progress
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
      // The next scrape joins a read that hangs rather than start another.
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
