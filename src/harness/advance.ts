import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { anyBoardKey, playerSessionKey } from '../pipeline/contract/redisKeys.js';
import type { Stores } from '../pipeline/runtime/stores.js';
import type { TestClock } from './testClock.js';

/** A file that tells other processes how far a clock is ahead. */
export class ClockFile {
  readonly path: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'gamemetrics-clock-'));

  constructor(clock: TestClock) {
    this.path = join(this.#folder, 'ahead-ms');
    this.write(clock);
  }

  /** In one step: who reads it meanwhile reads what it was. */
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
 * Redis counts time by the machine's clock: what is to go at a time of a clock that was advanced goes
 * earlier by as much, and at once where that time has come.
 */
export async function advanceExpiries({ namespace, redis }: Stores, byMs: number): Promise<void> {
  for (const match of [anyBoardKey(namespace), playerSessionKey(namespace, '*')]) {
    // Whole first: a scan may show a key twice.
    const keys = new Set<string>();
    for await (const some of redis.keysMatching(match)) for (const key of some) keys.add(key);
    for (const key of keys) {
      await redis.run(async (client) => {
        const left = await client.pttl(key);
        if (left >= 0) await client.pexpire(key, left - byMs);
      });
    }
  }
}
