import { Flags } from '@oclif/core';

import { topicSettingDefinitions, type TopicSettings } from '../../config/topicSettings.js';

const helpGroup = 'TOPICS';
const { replicationFactor, minInsyncReplicas } = topicSettingDefinitions;

/** How missing topics are created. */
export const topicFlags = {
  'replication-factor': Flags.integer({
    summary: 'How many brokers hold each topic that is created.',
    description:
      '3 on a Kafka with at least three brokers; the default.replication.factor of smaller ones.',
    env: replicationFactor.variable,
    min: 1,
    max: replicationFactor.most,
    helpValue: 'N',
    helpGroup,
  }),
  'min-insync-replicas': Flags.integer({
    summary: 'How many replicas must have an event before it is acknowledged.',
    description: '2 with a replication factor of at least 3, else 1.',
    env: minInsyncReplicas.variable,
    min: 1,
    max: minInsyncReplicas.most,
    helpValue: 'N',
    helpGroup,
  }),
};

export interface TopicFlags {
  readonly 'replication-factor': number | undefined;
  readonly 'min-insync-replicas': number | undefined;
}

/** The settings that the flags set; the number of partitions has no flag. */
export function topicSettingsOf(flags: TopicFlags): TopicSettings {
  const { 'replication-factor': factor, 'min-insync-replicas': least } = flags;
  return {
    ...(factor === undefined ? {} : { replicationFactor: factor }),
    ...(least === undefined ? {} : { minInsyncReplicas: least }),
  };
}
