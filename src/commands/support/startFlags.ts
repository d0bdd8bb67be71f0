import type { StartRequest } from '../../app/start.js';
import { dockerFlags, dockerOptions, type DockerFlags } from './dockerFlags.js';
import { isolateFlag, portFlag } from './flags.js';
import { topicFlags, topicSettingsOf, type TopicFlags } from './topicFlags.js';

/** How an instance is set up, beside its name and its stack. */
export const setupFlags = { isolate: isolateFlag, port: portFlag, ...topicFlags, ...dockerFlags };

type SetupFlags = TopicFlags &
  DockerFlags & { readonly isolate: boolean; readonly port: number | undefined };

/** The flags as part of a request to start an instance whose data stays. */
export function setupOf(flags: SetupFlags): Omit<StartRequest, 'name' | 'home' | 'stack'> {
  const { isolate, port } = flags;
  const topicSettings = topicSettingsOf(flags);
  return { isolate, port, topicSettings, docker: dockerOptions(flags), ephemeral: false };
}
