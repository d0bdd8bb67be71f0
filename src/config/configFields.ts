import { z } from 'zod';

import { readYaml } from '../util/yamlFile.js';
import { stackChoices } from './stackChoice.js';
import { topicSettingDefinitions } from './topicSettings.js';

const image = z.string().regex(/^\S+$/, 'must be the name of an image, such as redis:8.2');

const { partitions, replicationFactor, minInsyncReplicas } = topicSettingDefinitions;

/**
 * The settings that a project makes once for everyone: how an instance is set up. Settings of a
 * single run (a load, a query, a wipe) have flags and variables only.
 */
const schema = z.strictObject({
  stack: z.enum(stackChoices).optional(),
  port: z.int().min(1).max(65_535).optional(),
  isolate: z.boolean().optional(),
  reuse: z.boolean().optional(),
  partitions: z.int().min(1).max(partitions.most).optional(),
  'replication-factor': z.int().min(1).max(replicationFactor.most).optional(),
  'min-insync-replicas': z.int().min(1).max(minInsyncReplicas.most).optional(),
  'kafka-image': image.optional(),
  'postgres-image': image.optional(),
  'redis-image': image.optional(),
});

/**
 * The variables that a config file sets: a field has the name of a flag, without the leading
 * hyphens, and sets that flag's variable.
 * @param file its name, for error messages
 * @throws Failure (invalid_setting) that names the file, the line and the invalid field
 */
export function variablesFrom(text: string, file: string): Record<string, string> {
  const cure = `Valid fields: ${Object.keys(schema.shape).join(', ')}. See docs/configuration.md.`;
  // A file that contains only comments is null.
  const fields = readYaml(text, file, schema.nullable(), cure) ?? {};
  return Object.fromEntries(
    Object.entries(fields).map(([field, value]) => [
      `GAMEMETRICS_${field.toUpperCase().replaceAll('-', '_')}`,
      String(value),
    ]),
  );
}
