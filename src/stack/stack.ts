import type { Endpoints } from '../config/endpoints.js';
import type { ProcessSpec } from './process/supervisedProcess.js';

/** The services that a pipeline runs on, whatever the kind of stack. */
export interface Stack {
  readonly endpoints: Endpoints;
  /**
   * The servers that the instance has to run; empty for an external stack. Each function prepares a
   * server's data, unless the signal aborts it, and returns how to start the server. The functions
   * may run in parallel.
   */
  readonly servers: readonly ((signal: AbortSignal) => ProcessSpec | Promise<ProcessSpec>)[];
  /**
   * Removes the data that its servers keep outside the instance's folder, once they have stopped.
   */
  readonly removeData?: () => Promise<void>;
}
