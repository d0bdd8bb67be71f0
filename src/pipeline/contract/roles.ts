/** The roles of a pipeline process; `gamemetrics run ROLE...` runs one or several. */
export const roles = ['ingest', 'logger', 'statistics', 'leaderboard', 'dead-letter'] as const;

export type Role = (typeof roles)[number];

/** The roles that consume from Kafka; in a local instance one worker process runs them all. */
export const consumerRoles = [
  'logger',
  'statistics',
  'leaderboard',
  'dead-letter',
] as const satisfies Role[];

/**
 * The message that a child process (a role, the embedded broker) sends to its supervisor over the IPC
 * channel once it is ready. `url` is the base URL of its health and metrics; for the broker it is
 * `host:port`. A child stops when the channel closes, because its supervisor has exited.
 */
export interface ReadyMessage {
  readonly type: 'ready';
  readonly url: string;
}
