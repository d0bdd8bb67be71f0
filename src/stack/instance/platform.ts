import type { Endpoints, Environment } from '../../config/endpoints.js';
import { connectDocker, type Docker } from '../docker/client.js';
import { publishedPorts, removeAbandoned } from '../docker/resources.js';
import { connectExternal } from '../external/index.js';
import type { StackKind } from '../select.js';

/** The platform that an instance's servers run on, with the facts that its plan depends on. */
export type Platform =
  | { readonly kind: 'embedded' }
  | {
      readonly kind: 'docker';
      readonly docker: Docker;
      /** Ports of the containers that the last stop left running. */
      readonly publishedPorts: readonly number[];
    }
  | { readonly kind: 'external'; readonly endpoints: Endpoints };

/**
 * Connects to the services of a stack. On Docker, also removes the containers and volumes of
 * instances that no longer exist.
 * @throws Failure: service_failed if Docker does not answer, external_unusable if an external
 *   service cannot be used, invalid_setting for an invalid variable
 */
export async function openPlatform(
  kind: StackKind,
  directory: string,
  env: Environment,
): Promise<Platform> {
  switch (kind) {
    case 'embedded':
      return { kind };
    case 'docker': {
      const docker = await connectDocker(env);
      await removeAbandoned(docker);
      return { kind, docker, publishedPorts: await publishedPorts(docker, directory) };
    }
    case 'external':
      return { kind, endpoints: await connectExternal(env) };
  }
}
