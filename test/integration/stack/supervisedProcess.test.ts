import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { onTestFinished, describe, expect, it } from 'vitest';

import {
  SupervisedProcess,
  type ProcessSpec,
  type ProcessState,
} from '../../../src/stack/process/supervisedProcess.js';
import { testHome, until } from './support/instances.js';

/** A Node process that runs a script; `ready()` in it reports to its supervisor that it serves. */
function supervise(script: string, overrides: Partial<ProcessSpec> = {}) {
  const states: ProcessState[] = [];
  const prelude = `const ready = () => process.send({ type: 'ready', url: 'test://' });`;
  const spec: ProcessSpec = {
    name: 'subject',
    roles: [],
    command: process.execPath,
    args: ['--eval', `${prelude}\n${script}`],
    env: {},
    readiness: { by: 'message' },
    startDeadlineMs: 10_000,
    stopSignal: 'SIGTERM',
    stopDeadlineMs: 10_000,
    log: join(testHome(), 'subject.log'),
    ...overrides,
  };
  const subject = new SupervisedProcess(spec, (state) => states.push(state));
  onTestFinished(() => subject.stop());
  return { subject, states };
}

const stay = 'setInterval(() => undefined, 60_000);';

describe('a supervised process', () => {
  it('fails with its last log lines if it never becomes ready', async () => {
    const { subject } = supervise(`console.log('cannot bind'); process.exit(3);`);
    await expect(subject.start()).rejects.toMatchObject({
      code: 'service_failed',
      message:
        'subject does not keep running: exit code 3 (3 starts failed); its last lines:\n  cannot bind',
    });
    expect(subject.state()).toMatchObject({ state: 'failed', restarts: 2 });
  });

  it('fails with the cause that it reported rather than its last lines', async () => {
    const { subject, states } = supervise(`
      console.log('a log line');
      const report = { type: 'failed', code: 'invalid_setting', message: 'no key\\nat 1', cure: 'Set it.' };
      process.send(report, () => process.exit(2));`);
    await expect(subject.start()).rejects.toMatchObject({
      code: 'service_failed',
      message: 'subject does not keep running: exit code 2 (3 starts failed): no key\nat 1',
      cure: `Set it.\nThe full log is ${subject.spec.log}.`,
    });
    expect(states.at(-1)).toMatchObject({ state: 'failed', lastExit: 'exit code 2: no key' });
  });

  it('fails if its program does not exist', async () => {
    const { subject } = supervise('', { command: '/nowhere/program' });
    await expect(subject.start()).rejects.toThrow('spawn /nowhere/program ENOENT');
  });

  it('fails at its deadline if it reports nothing, and does not keep running', async () => {
    const { subject, states } = supervise(stay, { startDeadlineMs: 200 });
    await expect(subject.start()).rejects.toThrow('not ready within 0.2 s');
    const pid = states.find((state) => state.pid !== undefined)?.pid;
    expect(existsSync(`/proc/${String(pid)}`)).toBe(false);
  });

  it('is restarted whenever it ends, until 20 restarts within a minute', async () => {
    const { subject, states } = supervise('ready(); setTimeout(() => process.exit(5), 10);');
    await subject.start();
    const failure = await subject.failed;
    expect(failure.message).toBe(
      'subject does not keep running: exit code 5 (20 restarts within a minute)',
    );
    expect(subject.state()).toMatchObject({ state: 'failed', restarts: 20 });
    expect(states.filter(({ state }) => state === 'ready')).toHaveLength(21);
  });

  it('is killed if it does not stop by its deadline', async () => {
    const script = `process.on('SIGTERM', () => undefined); ready(); ${stay}`;
    const { subject } = supervise(script, { stopDeadlineMs: 200 });
    await subject.start();
    await subject.stop();
    expect(subject.state()).toMatchObject({ state: 'stopped', lastExit: 'signal SIGKILL' });
  });

  it('can be stopped while it starts and while it waits for a restart', async () => {
    const starting = supervise(stay);
    const started = starting.subject.start();
    await starting.subject.stop();
    await expect(started).rejects.toMatchObject({ code: 'interrupted' });

    const waiting = supervise('ready(); setTimeout(() => process.exit(5), 10);');
    await waiting.subject.start();
    await until(() => waiting.subject.state().state === 'restarting', 30_000);
    await waiting.subject.stop();
    expect(waiting.subject.state().state).toBe('stopped');
  });
});
