import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { anyBoardKey, playerSessionKey } from '../pipeline/contract/redisKeys.js';
import type { Stores } from '../pipeline/runtime/stores.js';
import type { TestClock } from './testClock.js';

/** A file that reports a clock's lead over the machine's clock to other processes. */
export class ClockFile {
  readonly path: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'gamemetrics-clock-'));

  constructor(clock: TestClock) {
    this.path = join(this.#folder, 'ahead-ms');
    this.write(clock);
  }

  /** Atomic: a concurrent reader sees the old contents or the new ones. */
  write(clock: TestClock): void {
    const next = `${this.path}.next`;
    writeFileSync(next, String(clock.aheadMs()), { mode: 0o600 });
    renameSync(next, this.path);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/**
 * Moves the expiry of the pipeline's keys earlier by the same amount as its clock is advanced, because
 * Redis expires keys by the machine's clock.
 */
export async function advanceExpiries({ namespace, redis }: Stores, byMs: number): Promise<void> {
  for (const match of [anyBoardKey(namespace), playerSessionKey(namespace, '*')]) {
    // Collect all keys first: a scan may return a key twice.
    const keys = new Set<string>();
    for await (const some of redis.keysMatching(match)) for (const key of some) keys.add(key);
    for (const key of keys) await redis.advanceExpiry(key, byMs);
  }
}
