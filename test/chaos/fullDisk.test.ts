import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { v7 as uuidv7 } from 'uuid';
import { expect, it, onTestFinished } from 'vitest';

import { createGameMetrics, type GameMetrics } from '../../src/index.js';
import { ProcessFaults } from '../faults/processes.js';
import { score } from '../support/events.js';
import { until } from '../support/until.js';

/** A small disk in memory for the instances; undefined if this user may not mount one. */
function smallDisk(megabytes: number): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'gamemetrics-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', directory], {
      stdio: 'ignore',
    });
    return directory;
  } catch {
    rmSync(directory, { recursive: true });
    return undefined;
  }
}

/** Fills the disk. @returns a function that frees it */
function fill(directory: string): () => void {
  const file = join(directory, 'filler');
  const descriptor = openSync(file, 'w');
  for (let bytes = 1024 * 1024; bytes >= 1;) {
    try {
      writeSync(descriptor, Buffer.alloc(bytes));
    } catch {
      bytes = Math.floor(bytes / 2);
    }
  }
  closeSync(descriptor);
  return () => rmSync(file);
}

const disk = smallDisk(320);

it.skipIf(disk === undefined)(
  'a full disk stops the pipeline while it is full and loses no event',
  async () => {
    const directory = String(disk);
    const before = process.env['TMPDIR'];
    process.env['TMPDIR'] = directory;
    onTestFinished(() => {
      process.env['TMPDIR'] = before;
      execFileSync('umount', ['--lazy', directory]);
      rmSync(directory, { recursive: true });
    });
    const notices: string[] = [];
    await using gm = await createGameMetrics({
      stack: 'embedded',
      roles: 'children',
      report: (event) => {
        if (event.type === 'notice') notices.push(event.text);
      },
    });
    const faults = new ProcessFaults([gm.instance]);
    const accepted: string[] = [];
    const post = async (bytes = 0): Promise<number> => {
      const id = uuidv7();
      const event = score('player-1', 1, {
        event_id: id,
        data: { score: 1, x: 'x'.repeat(bytes) },
      });
      const { status } = await fetch(`${gm.url}/api/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(event),
      });
      if (status === 202) accepted.push(id);
      return status;
    };
    for (let count = 0; count < 50; count += 1) expect(await post()).toBe(202);
    await gm.waitDrained();

    const free = fill(directory);
    await until(async () => (await post(10_000)) === 503);
    // A process that dies in the meantime is restarted, although its state cannot be saved.
    const worker = pidOf(gm, 'worker');
    faults.kill('worker');
    await until(() => pidOf(gm, 'worker') !== undefined && pidOf(gm, 'worker') !== worker);
    expect(notices.join('\n')).toMatch(/cannot write in .* \(ENOSPC\)/);
    expect(await post(10_000)).toBe(503);
    await sleep(1_000);

    free();
    await until(async () => (await post()) === 202);
    await gm.waitDrained();
    const rows = await gm.query<{ event_id: string }>('SELECT event_id FROM events');
    const stored = new Set(rows.map((row) => row.event_id));
    expect(accepted.filter((id) => !stored.has(id))).toEqual([]);
    expect((await gm.verify()).differences).toEqual([]);
    expect(gm.instance.state().processes.map(({ state }) => state)).not.toContain('failed');
  },
);

function pidOf(gm: GameMetrics, name: string): number | undefined {
  return gm.instance.state().processes.find((process) => process.name === name)?.pid;
}
