import { environment } from '../../config/environment.js';
import {
  describeProgress,
  startInstance,
  type Instance,
  type InstanceOptions,
  type ProgressEvent,
} from '../../stack/index.js';
import { prepareStores } from '../../pipeline/prepare.js';
import type { Interrupts } from './interrupts.js';

/** What a command decides about the instance that it starts. */
export type StartRequest = Pick<
  InstanceOptions,
  'name' | 'home' | 'stack' | 'isolate' | 'ephemeral' | 'docker'
> & {
  readonly port: number | undefined;
};

/** Starts an instance with the pipeline's roles as children, and tells its progress in lines. */
export function startPipeline(
  { port, ...request }: StartRequest,
  { stop, kill }: Interrupts,
  write: (line: string, type: ProgressEvent['type']) => void,
): Promise<Instance> {
  return startInstance({
    ...request,
    ...(port === undefined ? {} : { port }),
    roles: 'children',
    prepare: async (endpoints, signal) => {
      await prepareStores(endpoints, undefined, signal);
    },
    report: (event) => write(describeProgress(event), event.type),
    signal: stop,
    killSignal: kill,
    env: environment(),
  });
}
