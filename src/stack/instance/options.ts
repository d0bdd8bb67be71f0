import type { Endpoints, Environment } from '../../config/endpoints.js';
import type { Images } from '../docker/images.js';
import type { StackChoice } from '../select.js';
import type { ProgressEvent } from './progress.js';

/** How to start an instance. */
export interface InstanceOptions {
  readonly name: string;
  /** The folder of all instances; not used if the instance is ephemeral. */
  readonly home: string;
  readonly stack: StackChoice;
  /** Run each role in its own process. */
  readonly isolate: boolean;
  /** Keep state in a temporary folder and use free ports; stop() removes everything. */
  readonly ephemeral: boolean;
  /** Whether the pipeline's roles run as children of this process, or not at all. */
  readonly roles: 'children' | 'none';
  /** How containers are run, if the stack is docker. */
  readonly docker?: {
    /** Images that override the variables and the defaults. */
    readonly images?: Partial<Images>;
    /** Leave the containers running when the instance stops, for its next start. */
    readonly reuse?: boolean;
  };
  /** The port that ingest must use; any if absent. */
  readonly port?: number;
  /** Called when the stores are ready, before the roles start: migrations, topics. */
  readonly prepare: (endpoints: Endpoints, signal: AbortSignal) => Promise<void>;
  readonly report: (event: ProgressEvent) => void;
  /**
   * Aborts the start and stops the processes started so far; no effect once the start has
   * completed.
   */
  readonly signal: AbortSignal;
  /** Kills every process at once, at any time; for a user who does not want to wait for a stop. */
  readonly killSignal?: AbortSignal;
  readonly env: Environment;
}
