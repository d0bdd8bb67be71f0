import type { Logger } from 'pino';

import { StoreUnavailable } from '../../../stores/errors.js';
import type { KafkaAdmin } from '../../../stores/kafka/admin.js';
import type { Assignment } from '../../../stores/kafka/consumer.js';
import { isMissingTopic } from '../../../stores/kafka/errors.js';
import type { Projection } from '../../projection/projection.js';
import { Fenced } from './claim.js';
import type { PartitionConsumer } from './partitionConsumer.js';
import type { Republisher } from './republisher.js';

const intervalMs = 3_000;

export interface StoreWatchOptions {
  readonly topic: string;
  readonly admin: KafkaAdmin;
  readonly log: Logger;
  /** The current assignment; undefined before the first. */
  readonly assignment: () => Assignment | undefined;
  readonly partitionConsumer: (partition: number) => PartitionConsumer;
  readonly projection: Projection | undefined;
  readonly republisher: Republisher;
  /** Creates the missing topics. */
  readonly restoreTopics: () => Promise<void>;
  /** Receives the error of a bug. */
  readonly onFailure: (error: unknown) => void;
  /** Aborted when the consumer stops or has failed. */
  readonly signal: AbortSignal;
}

/**
 * Polls for losses that no batch reveals: a recreated topic whose log ends before the stored offset, a
 * derived message that may be out of date, and a Redis that was emptied.
 */
export class StoreWatch {
  readonly #options: StoreWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  #checking: Promise<void> | undefined;

  constructor(options: StoreWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#checking ??= this.#check().finally(() => (this.#checking = undefined));
    }, intervalMs);
  }

  /** Stops polling, and waits for the current check to end. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#checking;
  }

  async #check(): Promise<void> {
    const { log, onFailure, projection, republisher, restoreTopics, signal } = this.#options;
    const assignment = this.#options.assignment();
    if (assignment === undefined || signal.aborted) return;
    try {
      await this.#checkLogEnds(assignment);
      await republisher.republish();
      if (assignment.ended()) return;
      const rebuilt = await projection?.rebuildIfBehind();
      if (rebuilt === true) log.info('Redis was behind, and was rebuilt');
    } catch (error) {
      // If a store is unavailable or the partition has another owner, the next batch reports it.
      if (isMissingTopic(error)) await restoreTopics();
      else if (!(error instanceof StoreUnavailable || error instanceof Fenced)) onFailure(error);
    }
  }

  async #checkLogEnds(assignment: Assignment): Promise<void> {
    const { admin, partitionConsumer, topic } = this.#options;
    const stored = new Map<number, number | undefined>();
    for (const partition of assignment.partitions) {
      stored.set(partition, await partitionConsumer(partition).resume(assignment));
    }
    // Read after the stored offsets: the same log ends at them or later.
    for (const { partition, start, end } of await admin.logRanges(topic)) {
      const next = stored.get(partition);
      if (next === undefined || end >= next || assignment.ended()) continue;
      await partitionConsumer(partition).startOver(assignment, next, start);
    }
  }
}
