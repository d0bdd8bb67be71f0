import type { LogConfig } from './partitionLog.js';

/** How a value is read; also what DescribeConfigs says of it. */
export type ConfigType = 'int' | 'long' | 'string' | 'list';

interface ConfigDefinition {
  readonly type: ConfigType;
  readonly default: string;
  /** Integers: the least one; strings: the only ones. */
  readonly accepts: { readonly least: number } | { readonly oneOf: readonly string[] };
  readonly documentation: string;
}

/** The topic settings that this broker has, by Kafka's names. Others are refused, not ignored. */
export const topicConfigs: Readonly<Record<string, ConfigDefinition>> = {
  'cleanup.policy': {
    type: 'list',
    default: 'delete',
    accepts: { oneOf: ['delete'] },
    documentation: 'What happens to old segments. Compaction is not supported.',
  },
  'compression.type': {
    type: 'string',
    default: 'producer',
    accepts: { oneOf: ['producer', 'uncompressed'] },
    documentation:
      'Batches stay as their producer compressed them; with uncompressed, only gzip and none are taken.',
  },
  'max.message.bytes': {
    type: 'int',
    default: '1048588',
    accepts: { least: 0 },
    documentation: 'The largest record batch, in bytes.',
  },
  'message.timestamp.type': {
    type: 'string',
    default: 'CreateTime',
    accepts: { oneOf: ['CreateTime', 'LogAppendTime'] },
    documentation: "Whether a record's time is its producer's or the broker's.",
  },
  'min.insync.replicas': {
    type: 'int',
    default: '1',
    accepts: { oneOf: ['1'] },
    documentation: 'There is one replica.',
  },
  'retention.bytes': {
    type: 'long',
    default: '-1',
    accepts: { least: -1 },
    documentation: 'How much a partition keeps; -1 is no limit.',
  },
  'retention.ms': {
    type: 'long',
    default: '604800000',
    accepts: { least: -1 },
    documentation: 'How long records are kept; -1 is for ever.',
  },
  'segment.bytes': {
    type: 'int',
    default: '67108864',
    accepts: { least: 14 },
    documentation: 'The size at which a new segment file begins.',
  },
  'segment.ms': {
    type: 'long',
    default: '604800000',
    accepts: { least: 1 },
    documentation: 'The age at which a new segment file begins.',
  },
};

/** What was set on a topic: only what differs from the defaults. */
export type TopicOverrides = Readonly<Record<string, string>>;

/** @returns what is wrong with a setting, or undefined */
export function configProblem(name: string, value: string | null): string | undefined {
  const definition = Object.hasOwn(topicConfigs, name) ? topicConfigs[name] : undefined;
  if (definition === undefined) return `Unknown topic config name: ${name}`;
  if (value === null) return `Null value not supported for topic config ${name}`;
  if ('oneOf' in definition.accepts) {
    const allowed = definition.accepts.oneOf;
    return allowed.includes(value)
      ? undefined
      : `Invalid value ${value} for ${name}: the embedded broker takes ${allowed.join(' or ')}`;
  }
  const { least } = definition.accepts;
  const most = definition.type === 'int' ? 2 ** 31 - 1 : Number.MAX_SAFE_INTEGER;
  const number = /^-?\d{1,19}$/.test(value) ? Number(value) : Number.NaN;
  return number >= least && (number <= most || definition.type === 'long')
    ? undefined
    : `Invalid value ${value} for ${name}: an integer of at least ${least} is expected`;
}

/** The value in force, as text. */
function configValue(overrides: TopicOverrides, name: string): string {
  return overrides[name] ?? topicConfigs[name]?.default ?? '';
}

/** The settings in the form that a log works with. */
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
