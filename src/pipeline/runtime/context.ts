import type { Logger } from 'pino';

import type { KafkaAdmin } from '../../stores/kafka/admin.js';
import type { KafkaProducer } from '../../stores/kafka/producer.js';
import type { Database } from '../../stores/postgres/database.js';
import type { RedisStore } from '../../stores/redis/client.js';
import type { ConsumerMetrics } from './metrics.js';

/** The resources that the roles of one process share. */
export interface PipelineContext {
  readonly namespace: string;
  readonly database: Database;
  readonly redis: RedisStore;
  readonly producer: KafkaProducer;
  readonly admin: KafkaAdmin;
  readonly log: Logger;
  readonly metrics: ConsumerMetrics;
  /** The clock: epoch milliseconds. */
  readonly now: () => number;
}
