import fc from 'fast-check';
import { expect, it } from 'vitest';

import type { ConsumedRecord } from '../../../stores/kafka/consumer.js';
import { anchorOf } from './anchor.js';
import { decide, type FetchRequest } from './decide.js';

/** The events between two batches. */
const event = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('fetch' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('append' as const), isControl: fc.boolean() }),
  },
  // Retention removes the first records.
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('expire' as const), records: fc.nat(4) }),
  },
  // The topic is deleted and recreated, and its new log grows.
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('recreate' as const), records: fc.nat(12) }),
  },
  // Another member takes over at Kafka's committed offset.
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('rebalance' as const), position: fc.nat(14) }),
  },
  // The next attempt to apply a batch fails after some records.
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('fail' as const), applied: fc.nat(2) }),
  },
);

const history = fc.record({
  events: fc.array(event, { maxLength: 60 }),
  /** Records that one fetch returns, including control records. */
  fetchRecords: fc.integer({ min: 1, max: 6 }),
});

/** Maximum decisions per batch: the range is read, and the anchor is forgotten. */
const mostDecisions = 3;

/** Maximum fetches per record: of the record, of its anchor, and of both if they may be lost. */
const fetchesOfRecord = 6;

/** A log, as a broker stores it. */
class Log {
  readonly id: number;
  readonly #isControl: boolean[] = [];
  start = 0;

  constructor(id: number) {
    this.id = id;
  }

  get end(): number {
    return this.#isControl.length;
  }

  append(isControl: boolean): void {
    this.#isControl.push(isControl);
  }

  /** The offsets of data records within two offsets. */
  data(from: number, to: number): number[] {
    const offsets = this.#isControl.flatMap((isControl, offset) => (isControl ? [] : [offset]));
    return offsets.filter((offset) => offset >= Math.max(from, this.start) && offset < to);
  }

  record(offset: number): ConsumedRecord {
    return { offset, timestampMs: 0, key: null, value: Buffer.from(`${this.id}/${offset}`) };
  }
}

type Event = typeof event extends fc.Arbitrary<infer Kind> ? Kind : never;

/** A model of one partition and its consumer: PartitionConsumer and kafkajs around `decide`. */
class Simulation {
  readonly #fetchRecords: number;
  #log = new Log(0);
  /** The offset of the next fetch. */
  #position = 0;
  /** The stored offset, and the stored hash of the record before it. */
  #next = 0;
  #anchor: Buffer | null = null;
  /** The state of a claim in memory. */
  #isClaimed = false;
  #forgotten = false;
  #request: FetchRequest | undefined;
  /** The log that was read last. */
  #readLog = 0;
  /** Records that were applied since the consumer last started over, by their values. */
  readonly #applied = new Set<string>();
  #failAfter: number | undefined;
  /** Violations that were detected. */
  readonly broken: string[] = [];

  constructor(fetchRecords: number) {
    this.#fetchRecords = fetchRecords;
  }

  happen(event: Event): void {
    switch (event.kind) {
      case 'fetch':
        this.#fetch();
        return;
      case 'append':
        this.#log.append(event.isControl);
        return;
      case 'expire':
        this.#log.start = Math.min(this.#log.end, this.#log.start + event.records);
        return;
      case 'recreate':
        if (this.#isFetchedAtOnce()) return;
        this.#log = new Log(this.#log.id + 1);
        for (let count = 0; count < event.records; count += 1) this.#log.append(false);
        return;
      case 'rebalance':
        this.#isClaimed = false;
        this.#position = event.position;
        return;
      case 'fail':
        this.#failAfter = event.applied;
    }
  }

  /**
   * Whether the next fetch follows directly, without the anchor. A log that was replaced just before it
   * would not be detected.
   */
  #isFetchedAtOnce(): boolean {
    const from = this.#request?.from ?? -1;
    return from >= this.#next && this.#position < this.#log.end;
  }

  /** Fetches once, and processes the batch. @returns whether anything happened */
  #fetch(): boolean {
    const log = this.#log;
    if (this.#position < log.start || this.#position > log.end) {
      // kafkajs begins at the log's start if the broker returns OFFSET_OUT_OF_RANGE.
      this.#position = log.start;
      return true;
    }
    const to = Math.min(log.end, this.#position + this.#fetchRecords);
    const records = log.data(this.#position, to).map((offset) => log.record(offset));
    if (records.length === 0) {
      if (to === this.#position) return this.#watch();
      // kafkajs skips control records by itself.
      this.#position = to;
      return true;
    }
    // A batch is consumed again after a failed attempt.
    while (!this.#consume(records, to)) this.#failAfter = undefined;
    return true;
  }

  /** Models StoreWatch while there is nothing to fetch. @returns whether it did anything */
  #watch(): boolean {
    const isClaimed = this.#isClaimed;
    if (!isClaimed) {
      this.#claim();
      this.#position = this.#anchor === null ? this.#next : this.#next - 1;
    }
    const isShorter = this.#log.end < this.#next;
    if (isShorter) this.#startOver(this.#log.start);
    return isShorter || !isClaimed;
  }

  #claim(): void {
    this.#isClaimed = true;
    this.#request = undefined;
    this.#forgotten = false;
  }

  /** @returns false if an attempt failed */
  #consume(records: readonly ConsumedRecord[], to: number): boolean {
    const log = this.#log;
    if (!this.#isClaimed) this.#claim();
    const resolve = (offset: number): void => {
      // kafkajs skips the control records that follow the last record of a batch.
      this.#position = offset - 1 === records.at(-1)?.offset ? to : offset;
    };
    let range: { partition: number; start: number; end: number } | undefined;
    for (let decisions = 1; ; decisions += 1) {
      if (decisions > mostDecisions) throw new Error('decides without end');
      const anchor = this.#forgotten ? null : this.#anchor;
      const next = this.#next;
      const decision = decide({ next, anchor, request: this.#request }, { records }, range);
      switch (decision.kind) {
        case 'readRange':
          range = { partition: 0, start: log.start, end: log.end };
          continue;
        case 'forgetAnchor':
          this.#require(log.start >= next, `forgets the anchor, which is at ${next - 1}`);
          this.#forgotten = true;
          continue;
        case 'startOver':
          this.#startOver(decision.at);
          return true;
        case 'seek':
          this.#request = { from: decision.offset, logEnd: log.end, afterAnchor: false };
          this.#position = decision.offset;
          return true;
        case 'skip':
          this.#request = { from: next, logEnd: log.end, afterAnchor: true };
          resolve(next);
          return true;
        case 'apply': {
          const isWhole = this.#apply(decision.records);
          if (!isWhole) return false;
          resolve(this.#next);
          if (log.end > this.#next) resolve(this.#next - 1);
          return true;
        }
      }
    }
  }

  #startOver(at: number): void {
    this.#require(this.#log.id !== this.#readLog, 'starts over in the log that it read');
    this.#require(at === this.#log.start, `starts over at ${at}`);
    this.#readLog = this.#log.id;
    this.#applied.clear();
    this.#request = undefined;
    this.#forgotten = false;
    this.#next = at;
    this.#anchor = null;
    this.#position = at;
  }

  /** @returns false if the attempt failed; then a prefix of the records is applied */
  #apply(records: readonly ConsumedRecord[]): boolean {
    for (const [index, record] of records.entries()) {
      if (index === this.#failAfter) return false;
      const { offset } = record;
      const name = String(record.value);
      this.#require(offset >= this.#next, `applies ${name} below ${this.#next}`);
      this.#require(!this.#applied.has(name), `applies ${name} twice`);
      const skipped = this.#log.data(this.#next, offset);
      this.#require(skipped.length === 0, `skips ${skipped.join()} before ${name}`);
      this.#applied.add(name);
      if (this.#anchor === null || this.#forgotten) this.#readLog = this.#log.id;
      this.#next = offset + 1;
      this.#anchor = anchorOf(record);
      this.#forgotten = false;
    }
    return true;
  }

  /** Consumes the whole log. @returns the offsets of records that were not applied */
  settle(): number[] {
    this.#drain();
    // A new log that ends at the same offset as the old one is detected at its next record.
    this.#log.append(false);
    this.#drain();
    const offsets = this.#log.data(0, this.#log.end);
    return offsets.filter((offset) => !this.#applied.has(String(this.#log.record(offset).value)));
  }

  #drain(): void {
    const most = fetchesOfRecord * (this.#log.end + 1);
    for (let fetches = 1; this.#fetch(); fetches += 1) {
      if (fetches >= most) throw new Error('fetches without end');
    }
  }

  #require(holds: boolean, otherwise: string): void {
    if (!holds) this.broken.push(otherwise);
  }
}

it('each record of a log is applied once despite failures of the log, the group and the attempts', () => {
  fc.assert(
    fc.property(history, ({ events, fetchRecords }) => {
      const simulation = new Simulation(fetchRecords);
      for (const each of events) simulation.happen(each);
      expect(simulation.settle()).toEqual([]);
      expect(simulation.broken).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
});
