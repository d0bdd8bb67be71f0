import type { ConsumedRecord, FetchedBatch } from '../../../stores/kafka/consumer.js';
import type { LogRange } from '../../../stores/kafka/logRanges.js';
import { anchorOf } from './anchor.js';

/** A request for a fetch. It proves nothing about records that were written to the log after it. */
export interface FetchRequest {
  /** The offset at which the fetch begins. */
  readonly from: number;
  /** The log end when the request was made. */
  readonly logEnd: number;
  /** Whether the previous fetch returned the anchor, and no new records. */
  readonly afterAnchor: boolean;
}

/** A consumer's knowledge of its partition when a batch arrives. */
export interface Position {
  /** The first offset whose effects are not stored. */
  readonly next: number;
  /** The hash of the record at `next - 1`; null if no record was read, or if that one has expired. */
  readonly anchor: Buffer | null;
  /** Undefined if the fetch may begin at any offset, such as the one that is committed in Kafka. */
  readonly request: FetchRequest | undefined;
}

/** The consumer's action on a batch. */
export type Decision =
  /** Read the log's range, and decide again with it. */
  | { readonly kind: 'readRange' }
  /** Retention has removed the record of the anchor: drop the anchor, and decide again. */
  | { readonly kind: 'forgetAnchor' }
  /** The log is not the one that was read: drop the batch and read this log from its start. */
  | { readonly kind: 'startOver'; readonly at: number }
  /** The batch does not follow the position, or does not prove that it does: refetch from here. */
  | { readonly kind: 'seek'; readonly offset: number }
  /** The batch holds nothing new: fetch from `next`, after the anchor. */
  | { readonly kind: 'skip' }
  /** Apply these records. `lostBefore` is the log start if unread records have expired. */
  | {
      readonly kind: 'apply';
      readonly records: readonly ConsumedRecord[];
      readonly lostBefore: number | undefined;
    };

/**
 * Decides what to do with a batch of one partition. A topic can be deleted and recreated between any
 * two fetches, and its new log may already extend past the stored offset: nothing in a fetch reveals
 * that. So a batch is applied only if it includes the record before `next` or directly follows a fetch
 * of that record, and the record's hash equals the stored anchor. Starting over is always safe, because
 * the ledger drops events that were counted; skipping a record never is.
 * @param range the log's range; left out until the decision is `readRange`
 */
export function decide(
  position: Position,
  batch: Pick<FetchedBatch, 'records'>,
  range?: LogRange,
): Decision {
  return compareAnchor(position, batch, range) ?? placeRecords(position, batch, range);
}

/** @returns undefined if the batch belongs to the log that was read, as far as that can be known */
function compareAnchor(
  { next, anchor, request }: Position,
  { records }: Pick<FetchedBatch, 'records'>,
  range: LogRange | undefined,
): Decision | undefined {
  if (anchor === null) return undefined;
  const before = recordBefore(next, records);
  if (before !== undefined) {
    if (anchor.equals(anchorOf(before))) return undefined;
  } else {
    const answered = answeredRequest(request, records);
    const isAfterAnchor = answered?.afterAnchor === true && answered.from === next;
    if (isAfterAnchor && firstOffset(records) >= next) return undefined;
    if (answered?.from !== next - 1) return { kind: 'seek', offset: next - 1 };
  }
  if (range === undefined) return { kind: 'readRange' };
  // The fetch of the anchor returned another record, or none although the log still covers its offset.
  if (before !== undefined || range.start < next) return { kind: 'startOver', at: range.start };
  return { kind: 'forgetAnchor' };
}

/** Decides by the position of the unread records, in a log that matches the anchor. */
function placeRecords(
  { next, request }: Position,
  { records }: Pick<FetchedBatch, 'records'>,
  range: LogRange | undefined,
): Decision {
  const unread = records.filter(({ offset }) => offset >= next);
  const [firstUnread] = unread;
  if (firstUnread === undefined) return { kind: 'skip' };
  const follows = firstUnread.offset === next || recordBefore(next, records) !== undefined;
  if (follows) return { kind: 'apply', records: unread, lostBefore: undefined };

  // The records between `next` and the batch are control records, expired, or not fetched.
  if (range === undefined) return { kind: 'readRange' };
  const from = Math.max(next, range.start);
  const isFetchedFrom =
    firstOffset(records) <= from || answeredRequest(request, records)?.from === from;
  if (!isFetchedFrom) return { kind: 'seek', offset: from };
  const lostBefore = range.start > next ? range.start : undefined;
  return { kind: 'apply', records: unread, lostBefore };
}

function recordBefore(
  next: number,
  records: readonly ConsumedRecord[],
): ConsumedRecord | undefined {
  return records.find(({ offset }) => offset === next - 1);
}

function firstOffset([first]: readonly ConsumedRecord[]): number {
  return first?.offset ?? Infinity;
}

/** The request that a batch answers, if the request proves something about the batch. */
function answeredRequest(
  request: FetchRequest | undefined,
  records: readonly ConsumedRecord[],
): FetchRequest | undefined {
  if (request === undefined) return undefined;
  return firstOffset(records) < request.logEnd ? request : undefined;
}
