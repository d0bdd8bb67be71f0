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
