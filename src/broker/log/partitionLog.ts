import { bytesOf, type StoredBytes } from '../codec/bytes.js';
import { errorCodes, type ErrorCode } from '../codec/errorCodes.js';
import {
  assignOffset,
  readBatchHeader,
  stampAppendTime,
  type BatchHeader,
} from '../codec/recordBatch.js';
import { firstRecordAt } from '../codec/records.js';
import { validateBatch } from './batchValidation.js';
import { ProducerStates } from './producerStates.js';
import { recoverSegments } from './recovery.js';
import { Segment } from './segment.js';

export interface LogConfig {
  readonly segmentBytes: number;
  readonly segmentMs: number;
  /** -1 means no limit. */
  readonly retentionMs: number;
  /** -1 means no limit. */
  readonly retentionBytes: number;
  readonly maxMessageBytes: number;
  /** compression.type is uncompressed: codecs that not every consumer supports are rejected. */
  readonly uncompressed: boolean;
  readonly logAppendTime: boolean;
}

export interface LogOptions {
  readonly dir: string;
  readonly config: LogConfig;
  /** Receives warnings for the user, such as a torn tail or a failed write. */
  readonly warn: (message: string) => void;
  readonly now: () => number;
}

export interface Appended {
  readonly error: ErrorCode;
  /** The offset of the first record; -1 on an error. */
  readonly baseOffset: number;
  /** ms since 1970; -1 if records keep their own timestamps. */
  readonly appendTime: number;
  readonly message: string | null;
}

export interface TimedOffset {
  readonly offset: number;
  /** ms since 1970. */
  readonly timestamp: number;
}

/** Producer state expires this long after the last write, as in Kafka by default. */
const producerExpiryMs = 24 * 60 * 60 * 1000;
/** With one node, the leader epoch never changes and the high watermark is the log end offset. */
export const onlyLeaderEpoch = 0;

/** The result of a read that returns no batch. */
const noBytes: StoredBytes = { length: 0, read: () => undefined };

function refused(error: ErrorCode, message: string): Appended {
  return { error, baseOffset: -1, appendTime: -1, message };
}

/**
 * One partition: an append-only log in segment files.
 * Appends and reads are synchronous. They take microseconds, since they only touch the page cache,
 * so appends are atomic and ordered without a lock. A kill -9 loses no appended record.
 */
export class PartitionLog {
  readonly #options: LogOptions;
  readonly #segments: Segment[];
  readonly #producers: ProducerStates;
  readonly #watchers = new Set<(bytes: number) => void>();
  /** Full segments that are still being flushed to disk and must not be closed. */
  readonly #sealing = new Map<Segment, Promise<void>>();
  /** The position of the batch at `offset`: usually the end of the last read. */
  #hint: { offset: number; segment: Segment; position: number } | undefined;
  #broken = false;

  /** Opens the log in an existing directory and recovers its segments. */
  constructor(options: LogOptions) {
    this.#options = options;
    const recovered = recoverSegments(options);
    this.#segments = recovered.segments;
    this.#producers = recovered.producers;
  }

  get #active(): Segment {
    const last = this.#segments.at(-1);
    if (last === undefined) throw new Error(`the log in ${this.#options.dir} is closed`);
    return last;
  }

  get startOffset(): number {
    return this.#segments[0]?.baseOffset ?? 0;
  }

  /** The log end offset, which the next record gets; also the high watermark. */
  get endOffset(): number {
    return this.#active.nextOffset;
  }

  get sizeBytes(): number {
    return this.#segments.reduce((total, segment) => total + segment.size, 0);
  }

  /**
   * Appends one record batch and sets its base offset in the given buffer.
   * A duplicate from an idempotent producer is not stored again; the result has the offset of the
   * stored batch.
   */
  append(records: Buffer | null): Appended {
    const { config, now } = this.#options;
    const validated = validateBatch(records, config);
    if (validated.error !== errorCodes.NONE) return refused(validated.error, validated.message);
    const { batch, header } = validated;
    if (header.producerId >= 0) {
      const check = this.#producers.check(header);
      if (check.kind === 'duplicate') {
        return {
          error: errorCodes.NONE,
          baseOffset: check.baseOffset,
          appendTime: config.logAppendTime ? check.timestamp : -1,
          message: null,
        };
      }
      if (check.kind === 'refused') return refused(check.error, sequenceMessage(header));
    }
    return this.#store(batch, header, now());
  }

  #store(batch: Buffer, sent: BatchHeader, now: number): Appended {
    const { logAppendTime } = this.#options.config;
    if (this.#broken) {
      return refused(
        errorCodes.KAFKA_STORAGE_ERROR,
        'the log could not be repaired after an error',
      );
    }
    const appendTime = logAppendTime ? now : -1;
    try {
      this.#rollIfFull(batch.length, now);
      const baseOffset = this.endOffset;
      assignOffset(batch, baseOffset, onlyLeaderEpoch);
      if (logAppendTime) stampAppendTime(batch, now);
      const header = logAppendTime ? readBatchHeader(batch) : sent;
      this.#active.write(batch);
      this.#active.note(header, baseOffset + header.lastOffsetDelta);
      if (header.producerId >= 0) this.#producers.note(header, baseOffset, now);
      this.#wake(batch.length);
      return { error: errorCodes.NONE, baseOffset, appendTime, message: null };
    } catch (error) {
      return this.#repair(error);
    }
  }

  /** After a failed write: truncates the partial batch, or rejects all further writes. */
  #repair(cause: unknown): Appended {
    const reason = cause instanceof Error ? cause.message : String(cause);
    this.#options.warn(`writing to ${this.#options.dir} failed: ${reason}`);
    try {
      this.#active.truncate();
    } catch (error) {
      this.#broken = true;
      this.#options.warn(`${this.#options.dir} rejects writes until a restart: ${String(error)}`);
    }
    return refused(errorCodes.KAFKA_STORAGE_ERROR, reason);
  }

  #rollIfFull(bytes: number, now: number): void {
    const { segmentBytes, segmentMs } = this.#options.config;
    const active = this.#active;
    if (
      active.size > 0 &&
      (active.size + bytes > segmentBytes || now - active.createdAt > segmentMs)
    ) {
      this.#roll();
    }
  }

  #roll(): void {
    const full = this.#active;
    this.#segments.push(new Segment(this.#options.dir, full.nextOffset));
    const sealed = full
      .sealInBackground(this.#producers.snapshot())
      .catch((error: unknown) => {
        // No record is lost: recovery scans a segment without a checkpoint.
        this.#options.warn(`sealing a segment in ${this.#options.dir} failed: ${String(error)}`);
      })
      .finally(() => this.#sealing.delete(full));
    this.#sealing.set(full, sealed);
  }

  /** Whether `offset` is within the log, or is its end. */
  covers(offset: number): boolean {
    return offset >= this.startOffset && offset <= this.endOffset;
  }

  /**
   * Reads whole batches of one segment, from the batch that contains `offset` on.
   * @param maxBytes the size limit, in bytes
   * @param atLeastOne whether the first batch is returned even if it exceeds `maxBytes`
   */
  read(offset: number, maxBytes: number, atLeastOne: boolean): StoredBytes {
    const segment = this.#segments.findLast((each) => each.baseOffset <= offset);
    if (segment === undefined || offset >= segment.nextOffset) return noBytes;
    const position =
      this.#hint?.segment === segment && this.#hint.offset === offset
        ? this.#hint.position
        : segment.locate(offset);
    if (position === undefined) return noBytes;
    const { end, nextOffset } = segment.wholeBatches(position, maxBytes, atLeastOne);
    if (end === position) return noBytes;
    // A sequential reader continues at the next batch.
    this.#hint = { offset: nextOffset, segment, position: end };
    return segment.slice(position, end - position);
  }

  /** @returns the first record at or after `timestamp` (ms since 1970), or undefined */
  offsetAt(timestamp: number): TimedOffset | undefined {
    for (const segment of this.#segments) {
      const found = segment.maxTimestamp < timestamp ? undefined : segment.locateTime(timestamp);
      if (found !== undefined) {
        const { batch, position } = found;
        // The broker does not decompress batches: the first record of the batch is early enough.
        const exact =
          batch.compression === 0 && !batch.logAppendTime
            ? firstRecordAt(bytesOf(segment.slice(position, batch.size)), batch, timestamp)
            : undefined;
        const time = batch.logAppendTime ? batch.maxTimestamp : batch.baseTimestamp;
        return exact ?? { offset: batch.baseOffset, timestamp: time };
      }
    }
    return undefined;
  }

  /**
   * Calls `wake` with the size of each append, in bytes, and with Infinity when the log closes.
   * @returns a function that removes the watcher
   */
  watch(wake: (bytes: number) => void): () => void {
    this.#watchers.add(wake);
    return () => this.#watchers.delete(wake);
  }

  #wake(bytes: number): void {
    for (const watcher of this.#watchers) watcher(bytes);
  }

  /** Deletes closed segments that exceed the topic's retention, and expired producer states. */
  applyRetention(): void {
    const now = this.#options.now();
    this.#producers.expire(now - producerExpiryMs);
    if (this.#active.size > 0 && this.#isOld(this.#active, now)) this.#roll();
    for (;;) {
      const first = this.#segments[0];
      if (first === undefined || first === this.#active || this.#sealing.has(first)) return;
      if (!this.#isOld(first, now) && !this.#isSurplus(first)) return;
      this.#segments.shift();
      first.remove();
    }
  }

  #isOld(segment: Segment, now: number): boolean {
    const { retentionMs } = this.#options.config;
    const newest = segment.maxTimestamp < 0 ? segment.createdAt : segment.maxTimestamp;
    return retentionMs >= 0 && now - newest > retentionMs;
  }

  #isSurplus(segment: Segment): boolean {
    const { retentionBytes } = this.#options.config;
    return retentionBytes >= 0 && this.sizeBytes - segment.size >= retentionBytes;
  }

  /** Resolves when all closed segments are flushed to disk. */
  async sealed(): Promise<void> {
    await Promise.all(this.#sealing.values());
  }

  /** Closes the log after a flush and a checkpoint, so that the next start does not scan it. */
  async close(): Promise<void> {
    await this.sealed();
    if (this.#segments.length > 0) this.#active.seal(this.#producers.snapshot());
    this.#release();
  }

  /** Closes the log without a checkpoint, before its directory is removed. */
  async abandon(): Promise<void> {
    await this.sealed();
    this.#release();
  }

  #release(): void {
    for (const segment of this.#segments.splice(0)) segment.close();
    this.#hint = undefined;
    this.#wake(Number.POSITIVE_INFINITY);
    this.#watchers.clear();
  }
}

function sequenceMessage(batch: BatchHeader): string {
  return `producer ${batch.producerId} (epoch ${batch.producerEpoch}) sent sequence ${batch.baseSequence} out of order`;
}
