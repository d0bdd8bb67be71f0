import type { OutgoingRecord } from '../../stores/kafka/producer.js';
import type { LeaderboardQuery } from '../read/leaderboard.js';

/** What ingest needs of the Kafka producer. */
export interface EventProducer {
  /**
   * Resolves once all records are acknowledged with acks=all.
   * Rejects with QueueFull before anything was sent, StoreUnavailable where Kafka does not take them.
   */
  send(records: readonly OutgoingRecord[]): Promise<unknown>;
  /** Bytes that were given to `send` and are not yet acknowledged. */
  readonly queuedBytes: number;
}

/** A leaderboard query whose instant may be left out: then it is now. */
type BoardQuery = Omit<LeaderboardQuery, 'atMs'> & Partial<Pick<LeaderboardQuery, 'atMs'>>;

/** What ingest's GET routes need of the stores; each answer is sent as it is, as JSON. */
export interface EventReader {
  /** The rows of an event_id: one for each player that used it. */
  getEvent(eventId: string): Promise<readonly object[]>;
  getPlayerStatistics(playerId: string): Promise<object | undefined>;
  getLeaderboard(query: BoardQuery): Promise<object>;
}
