import type { LogConfig } from './partitionLog.js';

/** The type of a value, as DescribeConfigs reports it. */
export type ConfigType = 'int' | 'long' | 'string' | 'list';

interface ConfigDefinition {
  readonly type: ConfigType;
  readonly default: string;
  /** The minimum of an integer, or the allowed values of a string. */
  readonly accepts: { readonly min: number } | { readonly oneOf: readonly string[] };
  readonly documentation: string;
}

/** The topic settings that this broker supports. Others are rejected, not ignored. */
export const topicConfigs: Readonly<Record<string, ConfigDefinition>> = {
  'cleanup.policy': {
    type: 'list',
    default: 'delete',
    accepts: { oneOf: ['delete'] },
    documentation: 'The policy for old segments. Compaction is not supported.',
  },
  'compression.type': {
    type: 'string',
    default: 'producer',
    accepts: { oneOf: ['producer', 'uncompressed'] },
    documentation:
      'Batches keep the compression of their producer. With uncompressed, only none and gzip are accepted.',
  },
  'max.message.bytes': {
    type: 'int',
    default: '1048588',
    accepts: { min: 0 },
    documentation: 'The largest record batch, in bytes.',
  },
  'message.timestamp.type': {
    type: 'string',
    default: 'CreateTime',
    accepts: { oneOf: ['CreateTime', 'LogAppendTime'] },
    documentation: 'Whether the producer or the broker sets the timestamp of a record.',
  },
  'min.insync.replicas': {
    type: 'int',
    default: '1',
    accepts: { oneOf: ['1'] },
    documentation: 'The number of replicas, which is always 1.',
  },
  'retention.bytes': {
    type: 'long',
    default: '-1',
    accepts: { min: -1 },
    documentation: 'The size limit of a partition, in bytes; -1 means no limit.',
  },
  'retention.ms': {
    type: 'long',
    default: '604800000',
    accepts: { min: -1 },
    documentation: 'How long records are kept, in ms; -1 means forever.',
  },
  'segment.bytes': {
    type: 'int',
    default: '67108864',
    accepts: { min: 14 },
    documentation: 'The size at which a new segment file is created, in bytes.',
  },
  'segment.ms': {
    type: 'long',
    default: '604800000',
    accepts: { min: 1 },
    documentation: 'The age at which a new segment file is created, in ms.',
  },
};

/** The settings of a topic that override the defaults. */
export type TopicOverrides = Readonly<Record<string, string>>;

/** @returns why a setting is invalid, or undefined */
export function configProblem(name: string, value: string | null): string | undefined {
  const definition = Object.hasOwn(topicConfigs, name) ? topicConfigs[name] : undefined;
  if (definition === undefined) return `Unknown topic config name: ${name}`;
  if (value === null) return `Null value not supported for topic config ${name}`;
  if ('oneOf' in definition.accepts) {
    const allowed = definition.accepts.oneOf;
    return allowed.includes(value)
      ? undefined
      : `Invalid value ${value} for ${name}: the embedded broker accepts ${allowed.join(' or ')}`;
  }
  const { min } = definition.accepts;
  const most = definition.type === 'int' ? 2 ** 31 - 1 : Number.MAX_SAFE_INTEGER;
  const number = /^-?\d{1,19}$/.test(value) ? Number(value) : Number.NaN;
  return number >= min && (number <= most || definition.type === 'long')
    ? undefined
    : `Invalid value ${value} for ${name}: an integer of at min ${min} is expected`;
}

/** The effective value, as text. */
function configValue(overrides: TopicOverrides, name: string): string {
  return overrides[name] ?? topicConfigs[name]?.default ?? '';
}

/** The effective settings in the form that a log uses. */
export function logConfig(overrides: TopicOverrides): LogConfig {
  const number = (name: string) => Number(configValue(overrides, name));
  return {
    segmentBytes: number('segment.bytes'),
    segmentMs: number('segment.ms'),
    retentionMs: number('retention.ms'),
    retentionBytes: number('retention.bytes'),
    maxMessageBytes: number('max.message.bytes'),
    uncompressed: configValue(overrides, 'compression.type') === 'uncompressed',
    logAppendTime: configValue(overrides, 'message.timestamp.type') === 'LogAppendTime',
  };
}
