import { Failure } from '../util/failure.js';
import { valueOf, type Environment } from './endpoints/variables.js';

/** How topics are created; the defaults of the cluster apply to what is not set. */
export interface TopicSettings {
  /** Of the topics keyed by player; the limit of the processes that share a consumer's work. */
  readonly partitions?: number;
  readonly replicationFactor?: number;
  /** How many replicas must have a record before it is acknowledged. */
  readonly minInsyncReplicas?: number;
}

type Setting = keyof TopicSettings;

interface Definition {
  readonly variable: string;
  /** The noun for a value in a message. */
  readonly noun: string;
  readonly most: number;
}

export const topicSettingDefinitions: Readonly<Record<Setting, Definition>> = {
  partitions: {
    variable: 'GAMEMETRICS_PARTITIONS',
    noun: 'a number of partitions',
    // No consumer has a sensible use for more processes.
    most: 1_000,
  },
  replicationFactor: {
    variable: 'GAMEMETRICS_REPLICATION_FACTOR',
    noun: 'a replication factor',
    most: 100,
  },
  minInsyncReplicas: {
    variable: 'GAMEMETRICS_MIN_INSYNC_REPLICAS',
    noun: 'a number of replicas',
    most: 100,
  },
};

/**
 * Reads the settings of topics.
 * @throws Failure (invalid_setting) if a value is not such a number, or more replicas must be in sync than
 *   there will be
 */
export function topicSettingsFromEnvironment(env: Environment): TopicSettings {
  const partitions = numberFrom(env, 'partitions');
  const replicationFactor = numberFrom(env, 'replicationFactor');
  const minInsyncReplicas = numberFrom(env, 'minInsyncReplicas');
  if ((minInsyncReplicas ?? 0) > (replicationFactor ?? Infinity)) {
    throw new Failure(
      `min.insync.replicas ${minInsyncReplicas} is more than the replication factor ${replicationFactor}: ` +
        'Kafka would never acknowledge a write',
      {
        code: 'invalid_setting',
        cure:
          'Lower GAMEMETRICS_MIN_INSYNC_REPLICAS (--min-insync-replicas): with one less than the ' +
          'replication factor, writes go on while a broker is down.',
      },
    );
  }
  return {
    ...(partitions === undefined ? {} : { partitions }),
    ...(replicationFactor === undefined ? {} : { replicationFactor }),
    ...(minInsyncReplicas === undefined ? {} : { minInsyncReplicas }),
  };
}

/** The settings as variables, for the processes that may create topics later. */
export function topicSettingsToEnvironment(settings: TopicSettings): Record<string, string> {
  const entries = Object.entries(settings) as [Setting, number][];
  return Object.fromEntries(
    entries.map(([setting, value]) => [topicSettingDefinitions[setting].variable, String(value)]),
  );
}

function numberFrom(env: Environment, setting: Setting): number | undefined {
  const { variable, noun, most } = topicSettingDefinitions[setting];
  const value = valueOf(env, variable);
  if (value === undefined) return undefined;
  const count = Number(value);
  if (Number.isInteger(count) && count >= 1 && count <= most) return count;
  throw new Failure(`${variable}: "${value}" is not ${noun}`, {
    code: 'invalid_setting',
    cure: `Set it to a whole number from 1 to ${most}.`,
  });
}
