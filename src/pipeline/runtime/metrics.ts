import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** The metrics of the consumers in a process. */
export interface ConsumerMetrics {
  /** Records by outcome: processed, duplicate, skipped or dead_lettered. */
  readonly records: Counter<'role' | 'outcome'>;
  /** The duration of a batch's transaction, including its effects. */
  readonly batchSeconds: Histogram<'role'>;
  /** Attempts that failed because a store was unavailable. */
  readonly retries: Counter<'role' | 'store'>;
  /** 1 while the role's consumer has its assignment and is working. */
  readonly working: Gauge<'role'>;
}

/** Adds the consumers' metrics to a process's registry. */
export function createConsumerMetrics(registry: Registry): ConsumerMetrics {
  const registers = [registry];
  return {
    records: new Counter({
      name: 'gamemetrics_consumer_records_total',
      help: 'Records consumed, by role and outcome.',
      labelNames: ['role', 'outcome'],
      registers,
    }),
    batchSeconds: new Histogram({
      name: 'gamemetrics_consumer_batch_duration_seconds',
      help: 'Duration of a batch transaction, including its effects.',
      labelNames: ['role'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    retries: new Counter({
      name: 'gamemetrics_consumer_retries_total',
      help: 'Attempts that failed because a store was unavailable.',
      labelNames: ['role', 'store'],
      registers,
    }),
    working: new Gauge({
      name: 'gamemetrics_consumer_working',
      help: 'Whether the consumer has its assignment and is working.',
      labelNames: ['role'],
      registers,
    }),
  };
}
