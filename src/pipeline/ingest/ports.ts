import type { OutgoingRecord } from '../../stores/kafka/producer.js';
import type { Period } from '../contract/windows.js';

/** What ingest needs of the Kafka producer. */
export interface EventProducer {
  /**
   * Resolves once all records are acknowledged with acks=all.
   * Rejects with QueueFull before anything was sent, StoreUnavailable where Kafka is away.
   */
  send(records: readonly OutgoingRecord[]): Promise<void>;
  /** Bytes that were given to `send` and are not yet acknowledged. */
  readonly queuedBytes: number;
}

export interface LeaderboardQuery {
  readonly gameId: string;
  readonly period: Period;
  /** An instant in the window, epoch milliseconds; absent: now. */
  readonly atMs?: number;
  readonly limit: number;
  /** A player in whose neighbourhood the rows are, instead of the top. */
  readonly around?: string;
}

/** What ingest's GET routes need of the stores; each answer is JSON as it is. */
export interface EventReader {
  /** The rows of an event_id: one for each player that used it. */
  getEvent(eventId: string): Promise<readonly object[]>;
  getPlayerStatistics(playerId: string): Promise<object | undefined>;
  getLeaderboard(query: LeaderboardQuery): Promise<object>;
}
