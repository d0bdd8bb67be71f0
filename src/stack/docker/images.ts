import type { Environment } from '../../config/endpoints.js';

/** The servers of the docker stack. Ports, logs, containers and volumes are named after them. */
export const dockerServers = ['broker', 'redis', 'postgres'] as const;

export type DockerServer = (typeof dockerServers)[number];

/** One image per server. */
export type Images = Readonly<Record<DockerServer, string>>;

/** The default images: those that testcontainers' modules are made for. */
export const defaultImages: Images = {
  broker: 'confluentinc/cp-kafka:8.1.0',
  redis: 'redis:8.2',
  postgres: 'postgres:18',
};

/** The variables (and, in lower case with hyphens, the flags) that name another image. */
export const imageVariables = {
  broker: 'GAMEMETRICS_KAFKA_IMAGE',
  redis: 'GAMEMETRICS_REDIS_IMAGE',
  postgres: 'GAMEMETRICS_POSTGRES_IMAGE',
} as const satisfies Images;

/** The image of each server: the given one, else that of its variable, else the default. */
export function chooseImages(given: Partial<Images>, env: Environment): Images {
  const choose = (server: DockerServer) => {
    const named = given[server] ?? env[imageVariables[server]] ?? '';
    return named === '' ? defaultImages[server] : named;
  };
  return { broker: choose('broker'), redis: choose('redis'), postgres: choose('postgres') };
}
