const day = 24 * 60 * 60 * 1000;

/** The five topics: name, number of partitions, and retention in milliseconds. */
export const topics = {
  raw: { name: 'player.events.raw', partitions: 3, retentionMs: 7 * day },
  processed: { name: 'player.events.processed', partitions: 3, retentionMs: 7 * day },
  statistics: { name: 'player.statistics', partitions: 3, retentionMs: 30 * day },
  leaderboards: { name: 'game.leaderboards', partitions: 1, retentionMs: 30 * day },
  deadLetters: { name: 'system.dlq', partitions: 1, retentionMs: 30 * day },
} as const;

export type TopicKey = keyof typeof topics;

/** The consumer services, as named in dead letters; the group of each is `<service>-group`. */
export const services = {
  logger: 'event-logger',
  statistics: 'stats-aggregator',
  leaderboard: 'leaderboard-manager',
  'dead-letter': 'dlq-writer',
} as const;

export type ConsumerRole = keyof typeof services;

/** A topic's name in a namespace, which may be empty. */
export function topicName(namespace: string, topic: TopicKey): string {
  return namespace + topics[topic].name;
}

/** A role's consumer group in a namespace. */
export function groupName(namespace: string, role: ConsumerRole): string {
  return `${namespace}${services[role]}-group`;
}

/** The topic that a role consumes. */
export function sourceTopic(role: ConsumerRole): TopicKey {
  return role === 'dead-letter' ? 'deadLetters' : 'raw';
}
