/** What a live view shows: plain data, made once a second by the observer, rendered by src/ui/. */
export interface PipelineSnapshot {
  /** RFC 3339; when it was taken. */
  readonly at: string;
  /** Records ever written to player.events.raw (the sum of its log ends). */
  readonly produced: number;
  /** Records a second written to player.events.raw since the last snapshot. */
  readonly producedPerSecond: number;
  readonly groups: readonly GroupSnapshot[];
  /** The daily board of the game that scored last, or undefined where none has. */
  readonly board: BoardSnapshot | undefined;
  /** Rows of dlq_events. */
  readonly deadLetters: number;
  /** Parts that could not be read this time, in words: `postgres: connection refused`. */
  readonly problems: readonly string[];
}

export interface GroupSnapshot {
  readonly role: string;
  readonly group: string;
  /** Records processed, by the offsets stored with the effects. */
  readonly processed: number;
  readonly processedPerSecond: number;
  /** Records between the stored offsets and the log ends. */
  readonly lag: number;
  readonly partitions: readonly PartitionSnapshot[];
}

export interface PartitionSnapshot {
  readonly partition: number;
  readonly logEnd: number;
  readonly stored: number;
  readonly lag: number;
}

export interface BoardSnapshot {
  readonly gameId: string;
  readonly period: string;
  /** Such as 2026-11-23. */
  readonly window: string;
  readonly rows: readonly {
    readonly rank: number;
    readonly playerId: string;
    readonly score: number;
  }[];
}
