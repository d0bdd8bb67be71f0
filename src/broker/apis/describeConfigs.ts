import { errorCodes } from '../codec/errorCodes.js';
import {
  array,
  boolean,
  int16,
  int32,
  int8,
  nullableArray,
  nullableString,
  since,
  string,
  struct,
  versions,
  type Infer,
} from '../codec/layout.js';
import { topicConfigs, type ConfigType } from '../log/topicConfig.js';
import { defineApi, type Services } from './api.js';

const topicResource = 2;
const broker = 4;

/** The protocol's codes for the source of a value. */
const sources = { topic: 1, staticBroker: 4, default: 5 } as const;
type Source = (typeof sources)[keyof typeof sources];

const types: Readonly<Record<ConfigType | 'boolean', number>> = {
  boolean: 1,
  string: 2,
  int: 3,
  long: 5,
  list: 7,
};

const resource = struct({
  resourceType: int8,
  resourceName: string,
  /** null: all. */
  configurationKeys: nullableArray(string),
});

export const request = struct({
  resources: array(resource),
  includeSynonyms: since(1, boolean, false),
  includeDocumentation: since(3, boolean, false),
});

const entry = struct({
  name: string,
  value: nullableString,
  readOnly: boolean,
  isDefault: versions(0, 0, boolean, false),
  configSource: since(1, int8, -1),
  isSensitive: boolean,
  synonyms: since(1, array(struct({ name: string, value: nullableString, source: int8 })), []),
  configType: since(3, int8, 0),
  documentation: since(3, nullableString, null),
});

export const response = struct({
  throttleTimeMs: int32,
  results: array(
    struct({
      errorCode: int16,
      errorMessage: nullableString,
      resourceType: int8,
      resourceName: string,
      configs: array(entry),
    }),
  ),
});

type Entry = Infer<typeof entry>;

interface Setting {
  readonly name: string;
  readonly value: string;
  readonly source: Source;
  readonly type: ConfigType | 'boolean';
  readonly documentation: string;
}

function topicSettings(name: string, { topics }: Services): Setting[] | undefined {
  const topic = topics.get(name);
  return topic === undefined
    ? undefined
    : Object.entries(topicConfigs).map(([config, definition]) => ({
        name: config,
        value: topic.config[config] ?? definition.default,
        source: config in topic.config ? sources.topic : sources.default,
        type: definition.type,
        documentation: definition.documentation,
      }));
}

function brokerSettings(name: string, { identity, settings }: Services): Setting[] | undefined {
  if (name !== String(identity.nodeId)) return undefined;
  const source = sources.staticBroker;
  return [
    {
      name: 'auto.create.topics.enable',
      value: String(settings.autoCreateTopics),
      source,
      type: 'boolean',
      documentation: 'Whether a metadata request creates a missing topic.',
    },
    {
      name: 'num.partitions',
      value: String(settings.numPartitions),
      source,
      type: 'int',
      documentation: 'Partitions of a topic that is created without a partition count.',
    },
  ];
}

function toEntry(setting: Setting, synonyms: boolean, documentation: boolean): Entry {
  const { name, value, source } = setting;
  return {
    name,
    value,
    readOnly: source === sources.staticBroker,
    isDefault: source === sources.default,
    configSource: source,
    isSensitive: false,
    synonyms: synonyms ? [{ name, value, source }] : [],
    configType: types[setting.type],
    documentation: documentation ? setting.documentation : null,
  };
}

function settingsOf({ resourceType, resourceName }: Infer<typeof resource>, services: Services) {
  switch (resourceType) {
    case topicResource:
      return {
        missing: errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
        settings: topicSettings(resourceName, services),
      };
    case broker:
      return {
        missing: errorCodes.INVALID_REQUEST,
        settings: brokerSettings(resourceName, services),
      };
    default:
      return { missing: errorCodes.INVALID_REQUEST, settings: undefined };
  }
}

export const describeConfigs = defineApi({
  key: 32,
  name: 'DescribeConfigs',
  minVersion: 0,
  maxVersion: 3,
  flexibleFrom: 4,
  request,
  response,
  handle: ({ resources, includeSynonyms, includeDocumentation }, { services }) => ({
    throttleTimeMs: 0,
    results: resources.map((requested) => {
      const { missing, settings } = settingsOf(requested, services);
      const { resourceType, resourceName, configurationKeys } = requested;
      const wanted = (settings ?? []).filter(
        ({ name }) => configurationKeys?.includes(name) ?? true,
      );
      return {
        errorCode: settings === undefined ? missing : errorCodes.NONE,
        errorMessage: settings === undefined ? `${resourceName} does not exist` : null,
        resourceType,
        resourceName,
        configs: wanted.map((setting) => toEntry(setting, includeSynonyms, includeDocumentation)),
      };
    }),
  }),
});
