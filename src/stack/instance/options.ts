import type { Endpoints, Environment } from '../../config/endpoints.js';
import type { Images } from '../docker/images.js';
import type { StackChoice } from '../select.js';
import type { ProgressEvent } from './progress.js';

/** How to start an instance. */
export interface InstanceOptions {
  readonly name: string;
  /** The folder of all instances; not used where the instance is ephemeral. */
  readonly home: string;
  readonly stack: StackChoice;
  /** Each role in a process of its own. */
  readonly isolate: boolean;
  /** State in a fresh temporary folder, on free ports, all of it removed by stop(). */
  readonly ephemeral: boolean;
  /** Whether the pipeline's roles run as children of this process, or not at all. */
  readonly roles: 'children' | 'none';
  /** How containers are run, where they are. */
  readonly docker?: {
    /** Images other than those that the variables name, or the default ones. */
    readonly images?: Partial<Images>;
    /** Leave the containers running when the instance stops, for its next start. */
    readonly reuse?: boolean;
  };
  /** The port of ingest, where it must be this one. */
  readonly port?: number;
  /** Called once the stores serve and before the roles start: migrations, topics. */
  readonly prepare: (endpoints: Endpoints, signal: AbortSignal) => Promise<void>;
  readonly report: (event: ProgressEvent) => void;
  /** Aborts the start (what was started is stopped); no effect once it has started. */
  readonly signal: AbortSignal;
  /** Kills every process at once, at any time; for a user to whom a stop takes too long. */
  readonly killSignal?: AbortSignal;
  readonly env: Environment;
}
