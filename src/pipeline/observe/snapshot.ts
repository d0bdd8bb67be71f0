import type { Period } from '../contract/windows.js';

/** The data of a live view: the observer takes one per second, and src/ui/ renders it. */
export interface PipelineSnapshot {
  /** The time of the snapshot, RFC 3339. */
  readonly at: string;
  /** Records ever written to player.events.raw (the sum of its log ends). */
  readonly produced: number;
  /** Records per second written to player.events.raw since the last snapshot. */
  readonly producedPerSecond: number;
  /** Metrics of the ingest processes; undefined if none of them can be read. */
  readonly ingest: IngestSnapshot | undefined;
  readonly groups: readonly GroupSnapshot[];
  /** Games that have a board, at most 50: recently changed games first, new games at the end. */
  readonly games: readonly string[];
  /** The selected board, or by default the daily one of the first game; undefined without scores. */
  readonly board: BoardSnapshot | undefined;
  /** Rows of dlq_events. */
  readonly deadLetters: number;
  readonly deadLettersPerSecond: number;
  /** The newest first, at most 50. */
  readonly latestDeadLetters: readonly DeadLetterSnapshot[];
  /** The newest first, at most 100; only if they are selected. */
  readonly latestEvents?: readonly EventSnapshot[];
  /** Parts that could not be read, such as `postgres: connection refused`. */
  readonly problems: readonly string[];
}

/** The selected board; without a game, the first game's. */
export interface BoardSelection {
  readonly gameId: string | undefined;
  readonly period: Period;
}

/** The selection of a live view. */
export interface Selection extends BoardSelection {
  /** Selects the newest events that contain this text; all if it is empty, none if undefined. */
  readonly events: string | undefined;
}

/** Sums over the ingest processes, from their /metrics. */
export interface IngestSnapshot {
  /** Events that Kafka has acknowledged since the processes started. */
  readonly accepted: number;
  /** Events that were rejected since the processes started. */
  readonly rejected: number;
  readonly rejectedPerSecond: number;
  /** Bytes that wait for Kafka's acknowledgement. */
  readonly queuedBytes: number;
  /** Latency of recent requests, from the buckets of their histogram; undefined without requests. */
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
  /** The largest lag of a partition divided by the mean lag: 1 is even; undefined without lag. */
  readonly skew: number | undefined;
  readonly flow: Flow;
  readonly partitions: readonly PartitionSnapshot[];
  /** The counts of its processes since they started; undefined if they cannot be read. */
  readonly counted: GroupCounts | undefined;
}

export interface GroupCounts {
  readonly duplicate: number;
  readonly skipped: number;
  readonly deadLettered: number;
  /** Attempts that failed because a store was unavailable. */
  readonly retries: number;
}

export interface PartitionSnapshot {
  readonly partition: number;
  readonly logEnd: number;
  readonly stored: number;
  readonly lag: number;
  readonly flow: Flow;
}

/** The trend of a backlog over the last seconds. */
export interface Flow {
  /** Records per second that were written to the log. */
  readonly arrivalPerSecond: number;
  /** Records per second that were processed. */
  readonly drainPerSecond: number;
  /** Seconds until the lag is 0 at these rates; 0 without lag, undefined if the lag does not shrink. */
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
  /** Ranks gained in the last seconds (negative: lost); undefined if the player is new on the board. */
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
  /** The beginning of the original event as JSON; undefined if it is not JSON. */
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
