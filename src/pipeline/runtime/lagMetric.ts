import { Gauge, type Registry } from 'prom-client';

import type { GroupProgress } from '../observe/progress.js';

/** A scrape does not wait longer than this for the stores, in milliseconds. */
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
      // One that hangs is not begun again by the next scrape.
      reading ??= read()
        .catch(() => [])
        .finally(() => (reading = undefined));
      const groups = await Promise.race([reading, nothingAfter(deadlineMs)]);
      this.reset();
      for (const { role, partitions } of groups) {
        for (const { partition, lag } of partitions) this.set({ role, partition }, lag);
      }
    },
  });
}

function nothingAfter(ms: number): Promise<readonly GroupProgress[]> {
  return new Promise((resolve) => {
    setTimeout(() => resolve([]), ms).unref();
  });
}
