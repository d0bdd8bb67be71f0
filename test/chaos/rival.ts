import { setTimeout as sleep } from 'node:timers/promises';

import { createGameMetrics } from '../../src/index.js';
import { identify, type ProcessIdentity } from '../../src/stack/process/identity.js';
import type { FaultyPipeline } from '../faults/faultyPipeline.js';

/** A second instance of every role, in the same consumer groups, through the same proxies. */
export class Rival {
  readonly #pipeline: FaultyPipeline;
  readonly #create: typeof createGameMetrics;

  constructor(pipeline: FaultyPipeline, create: typeof createGameMetrics = createGameMetrics) {
    this.#pipeline = pipeline;
    this.#create = create;
  }

  /** Runs it for `ms` milliseconds and adds its processes to `seen`. */
  async runFor(ms: number, seen: Map<number, ProcessIdentity>): Promise<void> {
    const { endpoints } = this.#pipeline.roles;
    await using rival = await this.#create({ stack: endpoints, roles: 'children' });
    for (const { pid } of rival.instance.state().processes) {
      const process = pid === undefined ? undefined : identify(pid);
      if (process !== undefined) seen.set(process.pid, process);
    }
    await sleep(ms);
  }
}
