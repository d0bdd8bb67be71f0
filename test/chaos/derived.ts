import type { GameMetrics } from '../../src/index.js';
import { identityOf } from '../../src/pipeline/contract/event.js';
import { topicName, type TopicKey } from '../../src/pipeline/contract/topics.js';

/** A player's totals in player.statistics. */
export interface PublishedTotals {
  readonly total_events: number;
  readonly event_breakdown: Readonly<Record<string, number>>;
}

/** The state of a reader of all derived topics from their start. */
export class DerivedTopics {
  /** The number of records of each identity in player.events.processed. */
  readonly processed = new Map<string, number>();
  readonly totals = new Map<string, PublishedTotals>();
  /** The last published top of each board, by game, period and window start. */
  readonly tops = new Map<string, unknown>();
  readonly #gm: GameMetrics;
  readonly #next = new Map<string, number>();

  constructor(gm: GameMetrics) {
    this.#gm = gm;
  }

  /** Reads to the ends of the logs. */
  async catchUp(): Promise<void> {
    for (const topic of ['processed', 'statistics', 'leaderboards'] as const) {
      await this.#read(topic);
    }
  }

  async #read(key: TopicKey): Promise<void> {
    const { kafka, endpoints } = this.#gm;
    const topic = topicName(endpoints.namespace, key);
    const admin = kafka.admin();
    await admin.connect();
    const ends = (await admin.fetchTopicOffsets(topic)).map(
      ({ partition, high }) => [partition, Number(high)] as const,
    );
    await admin.disconnect();
    const nextOf = (partition: number): number => this.#next.get(`${key}/${partition}`) ?? 0;
    const behind = (): boolean => ends.some(([partition, end]) => nextOf(partition) < end);
    if (!behind()) return;
    const groupId = `chaos-${key}-${Date.now()}`;
    const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 50 });
    try {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await new Promise<void>((resolve, reject) => {
        consumer.on('consumer.crash', ({ payload }) => reject(payload.error));
        void consumer.run({
          autoCommit: false,
          eachMessage: ({ partition, message }) => {
            if (Number(message.offset) === nextOf(partition)) {
              this.#next.set(`${key}/${partition}`, nextOf(partition) + 1);
              this.#apply(key, message.value?.toString() ?? 'null');
            }
            if (!behind()) resolve();
            return Promise.resolve();
          },
        });
        for (const [partition] of ends) {
          consumer.seek({ topic, partition, offset: String(nextOf(partition)) });
        }
      });
    } finally {
      await consumer.disconnect();
    }
  }

  #apply(key: TopicKey, value: string): void {
    const record = JSON.parse(value) as Record<string, unknown>;
    if (key === 'processed') {
      const identity = identityOf(record as { event_id: string; player_id: string });
      this.processed.set(identity, (this.processed.get(identity) ?? 0) + 1);
    } else if (key === 'statistics') {
      this.totals.set(String(record['player_id']), record as unknown as PublishedTotals);
    } else {
      const board = [record['game_id'], record['period'], record['window_start']].join(' ');
      this.tops.set(board, record['top']);
    }
  }
}
