import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { onTestFinished } from 'vitest';

import { environment } from '../../../../src/config/environment.js';
import {
  startInstance,
  type Instance,
  type InstanceOptions,
  type InstanceState,
} from '../../../../src/stack/index.js';
import { isRunning } from '../../../../src/stack/process/identity.js';

/** Creates a directory for instances. */
export function makeHome(): string {
  return mkdtempSync(join(tmpdir(), 'gamemetrics-test-'));
}

/** Creates a directory for instances, which is removed after the test. */
export function testHome(): string {
  const home = makeHome();
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

/** Starts the embedded servers, without the pipeline's roles. */
export function launchServers(
  home: string,
  overrides: Partial<InstanceOptions> = {},
): Promise<Instance> {
  return startInstance({
    name: 'test',
    home,
    stack: 'embedded',
    isolate: false,
    ephemeral: false,
    roles: 'none',
    prepare: () => Promise.resolve(),
    report: () => undefined,
    signal: new AbortController().signal,
    env: environment(),
    ...overrides,
  });
}

/** Starts the embedded servers, which are stopped after the test. */
export async function startServers(
  home: string,
  overrides: Partial<InstanceOptions> = {},
): Promise<Instance> {
  const instance = await launchServers(home, overrides);
  onTestFinished(() => instance.stop());
  return instance;
}

/** Runs a script of this folder (plain JavaScript on dist/), and reads its first line of output. */
export async function startScript(
  name: string,
  args: readonly string[],
): Promise<{ child: ChildProcess; line: string }> {
  const script = fileURLToPath(new URL(name, import.meta.url));
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  for await (const line of createInterface({ input: child.stdout })) return { child, line };
  throw new Error(`${name} ended without a line`);
}

export async function killNow(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

/** Waits until a condition is true. @throws Error at the deadline */
export async function until(condition: () => boolean, deadlineMs: number): Promise<number> {
  const begin = performance.now();
  while (!condition()) {
    if (performance.now() - begin > deadlineMs) throw new Error(`not within ${deadlineMs} ms`);
    await sleep(10);
  }
  return performance.now() - begin;
}

/** The names of a state's processes that are alive. */
export function livingProcesses({ processes }: InstanceState): string[] {
  return processes
    .filter(
      ({ pid, startTime }) =>
        pid !== undefined && startTime !== undefined && isRunning({ pid, startTime }),
    )
    .map(({ name }) => name)
    .sort();
}
