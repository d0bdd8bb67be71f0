import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

import { onTestFinished, describe, expect, it } from 'vitest';

import { externalVariables } from '../../../src/config/endpoints.js';
import { environment } from '../../../src/config/environment.js';
import { roles } from '../../../src/pipeline/contract/roles.js';
import { requireRunning, type InstanceState } from '../../../src/stack/index.js';
import { packageFile } from '../../../src/util/paths.js';
import { livingProcesses, testHome, until } from './support/instances.js';

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(home: string, args: readonly string[], more: NodeJS.ProcessEnv = {}) {
  const external = Object.fromEntries(externalVariables.map((name) => [name, undefined]));
  // The stack is explicit, because the default differs if a Docker engine runs.
  const own = { GAMEMETRICS_STACK: 'embedded', GAMEMETRICS_HOME: home };
  return spawn(process.execPath, [packageFile('bin/run.js'), ...args], {
    env: { ...environment(), ...external, ...own, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function run(home: string, ...args: string[]): Promise<Result> {
  return resultOf(start(home, args));
}

async function resultOf(child: ReturnType<typeof start>): Promise<Result> {
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
  it('start an instance detached, show it, and stop it', async () => {
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
    ['one Ctrl-C in order', 1],
    ['a second Ctrl-C immediately', 2],
  ])('stop a foreground instance on %s', async (_how, times) => {
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

  it('start one instance if two are requested at once, and both print its addresses', async () => {
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

  it('fail detached with the same error, fix and exit code as in the foreground', async () => {
    const home = testHome();
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const port = String((server.address() as AddressInfo).port);
    const foreground = await run(home, 'up', '--port', port);
    const detached = await run(home, 'up', '--detach', '--port', port);
    expect(foreground).toMatchObject({ code: 2 });
    expect(foreground.stderr).toMatch(
      /^error: port \d+ is in use.*\nStop the process that listens on it/,
    );
    expect(detached).toEqual(foreground);
    const json = await run(home, 'up', '--detach', '--port', port, '--json');
    expect(json.code).toBe(2);
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { exit: 'usage' } });
  });

  it('apply the flags and their variables to a detached start', async () => {
    const home = testHome();
    const env = { GAMEMETRICS_DETACH: '1', GAMEMETRICS_ISOLATE: '1' };
    onTestFinished(async () => {
      await run(home, 'down', '--name', 'second');
    });
    const { code, stderr } = await resultOf(start(home, ['up', '--name', 'second'], env));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { processes, supervisor } = requireRunning(home, 'second');
    expect(processes.map(({ name }) => name)).toEqual(expect.arrayContaining([...roles]));
    const commandLine = readFileSync(`/proc/${supervisor.pid}/cmdline`, 'utf8');
    expect(commandLine.split('\0')).toEqual(expect.arrayContaining(['up', '--name=second']));
  });

  it('stop an instance in order if two commands request it at once', async () => {
    const home = testHome();
    await run(home, 'up', '--detach');
    const both = await Promise.all([run(home, 'down'), run(home, 'down')]);
    for (const { code, stderr, stdout } of both) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^instance "default" is (stopped|not running)\n$/);
    }
    // PostgreSQL leaves this file if it was killed.
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

  it('reject unknown arguments, and refer to the help', async () => {
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
