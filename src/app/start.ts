import { environment } from '../config/environment.js';
import {
  topicSettingsFromEnvironment,
  topicSettingsToEnvironment,
  type TopicSettings,
} from '../config/topicSettings.js';
import { prepareStores } from '../pipeline/runtime/prepare.js';
import {
  describeProgress,
  startInstance,
  type Instance,
  type InstanceOptions,
  type ProgressEvent,
} from '../stack/index.js';
import type { Interrupts } from './interrupts.js';

/** The instance that a command starts, and its options; serializable as JSON. */
export type StartRequest = Pick<
  InstanceOptions,
  'name' | 'home' | 'stack' | 'isolate' | 'ephemeral' | 'docker'
> & {
  readonly port: number | undefined;
  /** Settings from flags; they override those of the environment. */
  readonly topicSettings?: TopicSettings;
};

/**
 * Starts an instance with the pipeline's roles as child processes.
 * @param write receives the progress as lines
 * @throws Failure as startInstance and prepareStores do
 */
export async function startPipeline(
  { port, topicSettings = {}, ...request }: StartRequest,
  { stop, kill }: Interrupts,
  write: (line: string, type: ProgressEvent['type']) => void,
): Promise<Instance> {
  const report = (event: ProgressEvent): void => write(describeProgress(event), event.type);
  // The roles recreate topics that are deleted while they run, with the same settings.
  const env = { ...environment(), ...topicSettingsToEnvironment(topicSettings) };
  const settings = topicSettingsFromEnvironment(env);
  return startInstance({
    ...request,
    ...(port === undefined ? {} : { port }),
    roles: 'children',
    prepare: async (endpoints, signal) => {
      const { warnings } = await prepareStores(endpoints, settings, signal);
      for (const text of warnings) report({ type: 'warning', text });
    },
    report,
    signal: stop,
    killSignal: kill,
    env,
  });
}
