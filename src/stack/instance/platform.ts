import type { Endpoints, Environment } from '../../config/endpoints.js';
import { connectDocker, type Docker } from '../docker/client.js';
import { publishedPorts, removeAbandoned } from '../docker/resources.js';
import { connectExternal } from '../external/index.js';
import type { StackKind } from '../select.js';

/** What an instance's servers run on, with the facts that its plan depends on. */
export type Platform =
  | { readonly kind: 'embedded' }
  | {
      readonly kind: 'docker';
      readonly docker: Docker;
      /** Ports of containers that a stop has left running for this start. */
      readonly publishedPorts: readonly number[];
    }
  | { readonly kind: 'external'; readonly endpoints: Endpoints };

/**
 * Connects to what a kind of stack needs. On Docker, it removes what instances that no longer exist
 * have left.
 * @throws Failure: service_failed where Docker or an external service does not answer, invalid_setting for a
 *   variable that cannot be used
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
