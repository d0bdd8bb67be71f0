import type { Period } from '../contract/windows.js';

/** What a live view shows: plain data, made once a second by the observer, rendered by src/ui/. */
export interface PipelineSnapshot {
  /** RFC 3339; when it was taken. */
  readonly at: string;
  /** Records ever written to player.events.raw (the sum of its log ends). */
  readonly produced: number;
  /** Records a second written to player.events.raw since the last snapshot. */
  readonly producedPerSecond: number;
  /** What the ingest processes say; undefined where none of their metrics can be read. */
  readonly ingest: IngestSnapshot | undefined;
  readonly groups: readonly GroupSnapshot[];
  /** Games that have a board, at most 50: those that changed last come first, new ones at the end. */
  readonly games: readonly string[];
  /** The selected board, or else the daily one of the first game; undefined where none has scored. */
  readonly board: BoardSnapshot | undefined;
  /** Rows of dlq_events. */
  readonly deadLetters: number;
  readonly deadLettersPerSecond: number;
  /** The newest first, at most 50. */
  readonly latestDeadLetters: readonly DeadLetterSnapshot[];
  /** The newest first, at most 100; only while they are asked for. */
  readonly latestEvents?: readonly EventSnapshot[];
  /** Parts that could not be read this time, in words: `postgres: connection refused`. */
  readonly problems: readonly string[];
}

/** Which board is looked at; without a game it is that of the first one. */
export interface BoardSelection {
  readonly gameId: string | undefined;
  readonly period: Period;
}

/** What is looked at beside the numbers. */
export interface Selection extends BoardSelection {
  /** Also the newest events: those that hold a text, an empty one for all; undefined for none. */
  readonly events: string | undefined;
}

/** Sums over the ingest processes, by their /metrics. */
export interface IngestSnapshot {
  /** Events that Kafka has acknowledged, since the processes started. */
  readonly accepted: number;
  /** Events that were not taken, since the processes started. */
  readonly rejected: number;
  readonly rejectedPerSecond: number;
  /** Bytes that wait for Kafka's acknowledgement. */
  readonly queuedBytes: number;
  /** Of the requests of the last seconds, from their histogram's buckets; undefined without any. */
  readonly latencyMs: { readonly p50: number; readonly p99: number } | undefined;
}

export interface GroupSnapshot {
  readonly role: string;
  readonly group: string;
  readonly topic: string;
  /** Records processed, by the offsets stored with the effects. */
  readonly processed: number;
  /** Since the last snapshot. */
  readonly processedPerSecond: number;
  /** Records between the stored offsets and the log ends. */
  readonly lag: number;
  /** The largest partition's lag over the mean one: 1 is even; undefined without lag. */
  readonly skew: number | undefined;
  readonly flow: Flow;
  readonly partitions: readonly PartitionSnapshot[];
  /** What its processes have counted since they started; undefined where that cannot be read. */
  readonly counted: GroupCounts | undefined;
}

export interface GroupCounts {
  readonly duplicate: number;
  readonly skipped: number;
  readonly deadLettered: number;
  /** Attempts that failed because a store was away. */
  readonly retries: number;
}

export interface PartitionSnapshot {
  readonly partition: number;
  readonly logEnd: number;
  readonly stored: number;
  readonly lag: number;
  readonly flow: Flow;
}

/** How a backlog develops, by the last seconds. */
export interface Flow {
  /** Records a second that were written to the log. */
  readonly arrivalPerSecond: number;
  /** Records a second that were processed. */
  readonly drainPerSecond: number;
  /** Seconds until the lag is gone at these rates; 0 without lag, undefined where it does not shrink. */
  readonly etaSeconds: number | undefined;
}

export interface BoardSnapshot {
  readonly gameId: string;
  readonly period: Period;
  /** Such as 2026-11-23. */
  readonly window: string;
  readonly rows: readonly BoardRow[];
}

export interface BoardRow {
  readonly rank: number;
  readonly playerId: string;
  readonly score: number;
  /** Ranks gained in the last seconds (negative: lost); undefined where the player is new here. */
  readonly movement: number | undefined;
}

export interface DeadLetterSnapshot {
  readonly id: number;
  /** RFC 3339. */
  readonly at: string;
  readonly service: string;
  readonly code: string;
  readonly message: string;
  readonly source: { readonly topic: string; readonly partition: number; readonly offset: number };
  /** The beginning of the original event as JSON, or undefined where it is not JSON. */
  readonly original: string | undefined;
}

export interface EventSnapshot {
  readonly eventId: string;
  readonly type: string;
  readonly playerId: string;
  readonly gameId: string;
  /** RFC 3339. */
  readonly ingestedAt: string;
  readonly partition: number;
  readonly offset: number;
  /** The beginning of its data as JSON. */
  readonly data: string;
}
