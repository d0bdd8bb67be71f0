import { Flags } from '@oclif/core';

import { imageVariables, type Images } from '../../stack/index.js';

const helpGroup = 'DOCKER';

/** How containers are run, with --stack docker. */
export const dockerFlags = {
  'kafka-image': imageFlag('Kafka', imageVariables.broker),
  'postgres-image': imageFlag('PostgreSQL', imageVariables.postgres),
  'redis-image': imageFlag('Redis', imageVariables.redis),
  reuse: Flags.boolean({
    summary: 'Leave the containers running at the end, and take them up at the next start.',
    env: 'GAMEMETRICS_REUSE',
    helpGroup,
  }),
};

interface DockerFlags {
  readonly 'kafka-image': string | undefined;
  readonly 'postgres-image': string | undefined;
  readonly 'redis-image': string | undefined;
  readonly reuse: boolean;
}

/** What the flags say, as startInstance wants it. */
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

/** The flags again, for the command line of another process. */
export function dockerArguments(flags: DockerFlags): string[] {
  const named = ['kafka-image', 'postgres-image', 'redis-image'] as const;
  const images = named.flatMap((flag) => {
    const image = flags[flag];
    return image === undefined ? [] : [`--${flag}=${image}`];
  });
  return flags.reuse ? [...images, '--reuse'] : images;
}

function imageFlag(server: string, env: string) {
  return Flags.string({
    summary: `Image of ${server}.`,
    env,
    helpGroup,
    helpValue: 'IMAGE',
  });
}
