import type { Endpoints } from '../config/endpoints.js';
import type { ProcessSpec } from './process/supervisedProcess.js';

/** What a pipeline runs on, whatever its kind. */
export interface Stack {
  readonly endpoints: Endpoints;
  /**
   * The servers that its instance has to run; none where others do. Each function makes a server's
   * data ready, which the signal interrupts, and says how to start it. They may run in parallel.
   */
  readonly servers: readonly ((signal: AbortSignal) => ProcessSpec | Promise<ProcessSpec>)[];
  /** Removes what its servers keep outside the instance's folder; called once they have stopped. */
  readonly removeData?: () => Promise<void>;
}
