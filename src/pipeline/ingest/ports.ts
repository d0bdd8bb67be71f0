import type { OutgoingRecord } from '../../stores/kafka/producer.js';
import type { LeaderboardQuery } from '../read/leaderboard.js';

/** The part of the Kafka producer that ingest uses. */
export interface EventProducer {
  /**
   * Resolves once all records are acknowledged with acks=all.
   * @throws QueueFull before anything is sent; StoreUnavailable if Kafka does not acknowledge them
   */
  send(records: readonly OutgoingRecord[]): Promise<unknown>;
  /** Bytes that were passed to `send` and are not acknowledged yet. */
  readonly queuedBytes: number;
}

/** A leaderboard query whose instant is optional and defaults to now. */
type BoardQuery = Omit<LeaderboardQuery, 'atMs'> & Partial<Pick<LeaderboardQuery, 'atMs'>>;

/** The reads behind ingest's GET routes; each result is sent unchanged as JSON. */
export interface EventReader {
  /** The stored events with an event_id, one per player that used it. */
  getEvent(eventId: string): Promise<readonly object[]>;
  getPlayerStatistics(playerId: string): Promise<object | undefined>;
  getLeaderboard(query: BoardQuery): Promise<object>;
}
