/** What a process of the pipeline can do; `gamemetrics run ROLE...` runs one role or several. */
export const roles = ['ingest', 'logger', 'statistics', 'leaderboard', 'dead-letter'] as const;

export type Role = (typeof roles)[number];

/** The roles that read Kafka: in a local instance one worker process runs them all. */
export const consumerRoles = [
  'logger',
  'statistics',
  'leaderboard',
  'dead-letter',
] as const satisfies Role[];
