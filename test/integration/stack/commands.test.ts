import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

import { onTestFinished, describe, expect, it } from 'vitest';

import { externalVariables } from '../../../src/config/endpoints.js';
import { environment } from '../../../src/config/environment.js';
import type { InstanceState } from '../../../src/stack/index.js';
import { packageFile } from '../../../src/util/paths.js';
import { livingProcesses, testHome, until } from './support/instances.js';

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(home: string, args: readonly string[]) {
  const external = Object.fromEntries(externalVariables.map((name) => [name, undefined]));
  return spawn(process.execPath, [packageFile('bin/run.js'), ...args], {
    // Named, for it would be another one where a Docker engine happens to run.
    env: { ...environment(), ...external, GAMEMETRICS_STACK: 'embedded', GAMEMETRICS_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function run(home: string, ...args: string[]): Promise<Result> {
  const child = start(home, args);
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('exit', resolve)),
  ]);
  return { code, stdout, stderr };
}

async function state(home: string): Promise<InstanceState> {
  return JSON.parse((await run(home, 'status', '--json')).stdout) as InstanceState;
}

describe("the commands of an instance's life", () => {
  it('start it detached, show it, and stop it', async () => {
    const home = testHome();
    onTestFinished(async () => {
      await run(home, 'down');
    });
    const up = await run(home, 'up', '--detach');
    expect(up).toMatchObject({ code: 0, stderr: '' });
    expect(up.stdout.split('\n')[0]).toMatch(/^stack: embedded \(/);

    const running = await state(home);
    expect(running.status).toBe('running');
    expect(running.processes.map(({ name }) => name).sort()).toEqual(
      ['broker', 'ingest', 'postgres', 'redis', 'worker'].sort(),
    );
    const response = await fetch(`${String(running.url)}/healthz`);
    expect(response.status).toBe(200);

    const again = await run(home, 'up');
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout).toContain(`instance "default" already runs`);
    expect(again.stdout).toContain(running.url);

    const { stdout: lines } = await run(home, 'status', '--env');
    expect(lines).toContain(`export GAMEMETRICS_URL='${String(running.url)}'\n`);
    expect(lines).toMatch(/^export DATABASE_URL='postgres:\/\/[^']+'$/m);
    expect(lines).toMatch(/^export KAFKA_BOOTSTRAP_SERVERS='127\.0\.0\.1:\d+'$/m);
    expect((await run(home, 'status')).stdout.split('\n')[0]).toBe(
      'process\troles\tstate\tpid\trestarts\turl',
    );

    expect(await run(home, 'down')).toMatchObject({
      code: 0,
      stdout: 'instance "default" is stopped\n',
    });
    expect(livingProcesses(running)).toEqual([]);
    expect(await run(home, 'down')).toMatchObject({
      code: 0,
      stdout: 'instance "default" is not running\n',
    });
    const after = await run(home, 'status', '--json');
    expect(after.code).toBe(7);
    expect(JSON.parse(after.stdout)).toMatchObject({ error: { exit: 'notRunning' } });
  });

  it.each([
    ['one Ctrl-C, in order', 1],
    ['a second Ctrl-C, at once', 2],
  ])('stop what runs in the foreground at %s', async (_how, times) => {
    const home = testHome();
    const child = start(home, ['up']);
    onTestFinished(() => void child.kill('SIGKILL'));
    const errors = text(child.stderr);
    for await (const line of createInterface({ input: child.stdout })) {
      if (line === 'instance "default" runs') break;
    }
    const running = await state(home);
    for (let sent = 0; sent < times; sent += 1) child.kill('SIGINT');
    await until(() => child.exitCode !== null, 30_000);
    expect(child.exitCode, await errors).toBe(130);
    expect(livingProcesses(running)).toEqual([]);
    expect((await run(home, 'status')).code).toBe(7);
  });

  it('start one instance where two are asked for at once, and both say where it is', async () => {
    const home = testHome();
    onTestFinished(async () => {
      await run(home, 'down');
    });
    const both = await Promise.all([run(home, 'up', '--detach'), run(home, 'up', '--detach')]);
    for (const { code, stderr, stdout } of both) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/instance "default" (runs|already runs|is already starting)/);
    }
    expect((await state(home)).status).toBe('running');
  });

  it('stop it in order where that is asked for twice at once', async () => {
    const home = testHome();
    await run(home, 'up', '--detach');
    const both = await Promise.all([run(home, 'down'), run(home, 'down')]);
    for (const { code, stderr, stdout } of both) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^instance "default" is (stopped|not running)\n$/);
    }
    // What PostgreSQL leaves where it was killed.
    expect(existsSync(join(home, 'default', 'postgres', 'data', 'postmaster.pid'))).toBe(false);
  });

  it('run a command against a fresh instance, and return its exit code', async () => {
    const home = testHome();
    const script = `
      const answer = await fetch(process.env.GAMEMETRICS_URL + '/healthz');
      console.log(answer.status, typeof process.env.DATABASE_URL);
      process.exitCode = 42;`;
    const node = [process.execPath, '--input-type=module', '--eval', script];
    const result = await run(home, 'exec', '--', ...node);
    expect(result).toMatchObject({ code: 42, stdout: '200 string\n' });
    expect((await run(home, 'exec', '--', 'sh', '-c', 'kill -9 $$')).code).toBe(128 + 9);
  });

  it('refuse what they cannot understand, and say where help is', async () => {
    const home = testHome();
    const wrong = await run(home, 'up', '--port', '70000');
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(/^error: .*\nSee: gamemetrics up --help\n$/s);
    const name = await run(home, 'status', '--name', '../x', '--json');
    expect(name.code).toBe(2);
    expect(JSON.parse(name.stdout)).toMatchObject({ error: { exit: 'usage' } });
    expect((await run(home, 'exec')).stderr).toContain('no command to run');
  });
});
