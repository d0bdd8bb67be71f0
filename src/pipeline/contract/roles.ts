/** What a process of the pipeline can be; `gamemetrics run ROLE...` runs one or several. */
export const roles = ['ingest', 'logger', 'statistics', 'leaderboard', 'dead-letter'] as const;

export type Role = (typeof roles)[number];

/** The roles that read Kafka: in a local instance one worker process runs them all. */
export const consumerRoles = [
  'logger',
  'statistics',
  'leaderboard',
  'dead-letter',
] as const satisfies Role[];

/**
 * What a child process (a role, the embedded broker) tells its supervisor over the IPC channel
 * once it serves; `url` is where its health and metrics are (the broker's is its `host:port`).
 * A child whose channel closes stops by itself: its supervisor is gone.
 */
export interface ReadyMessage {
  readonly type: 'ready';
  readonly url: string;
}
