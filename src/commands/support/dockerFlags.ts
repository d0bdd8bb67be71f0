import { Flags } from '@oclif/core';

import { imageVariables, type Images } from '../../stack/index.js';

const helpGroup = 'DOCKER';

/** How containers run, with --stack docker. */
export const dockerFlags = {
  'kafka-image': imageFlag('Kafka', imageVariables.broker),
  'postgres-image': imageFlag('PostgreSQL', imageVariables.postgres),
  'redis-image': imageFlag('Redis', imageVariables.redis),
  reuse: Flags.boolean({
    summary: 'Leave the containers running at the end, and adopt them at the next start.',
    env: 'GAMEMETRICS_REUSE',
    helpGroup,
  }),
};

export interface DockerFlags {
  readonly 'kafka-image': string | undefined;
  readonly 'postgres-image': string | undefined;
  readonly 'redis-image': string | undefined;
  readonly reuse: boolean;
}

/** The flags as options of startInstance. */
export function dockerOptions(flags: DockerFlags): {
  readonly images: Partial<Images>;
  readonly reuse: boolean;
} {
  const { 'kafka-image': broker, 'postgres-image': postgres, 'redis-image': redis, reuse } = flags;
  const images = {
    ...(broker === undefined ? {} : { broker }),
    ...(postgres === undefined ? {} : { postgres }),
    ...(redis === undefined ? {} : { redis }),
  };
  return { images, reuse };
}

function imageFlag(server: string, env: string) {
  return Flags.string({
    summary: `Image of ${server}.`,
    env,
    helpGroup,
    helpValue: 'IMAGE',
  });
}
