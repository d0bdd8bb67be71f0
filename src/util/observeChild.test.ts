import { spawn } from 'node:child_process';

import { describe, expect, it } from 'vitest';

import { describeEnd, observeChild } from './observeChild.js';

function node(script: string) {
  const stdio = ['ignore', 'ignore', 'ignore', 'ipc'] as const;
  return spawn(process.execPath, ['--eval', script], { stdio: [...stdio] });
}

describe('observeChild', () => {
  it('reports what the child sends, also right before its exit', async () => {
    const lines: string[] = [];
    const script = `
      process.send({ type: 'progress', line: 'one' });
      process.send({ type: 'ready', url: 'test://' });
      process.send({ unknown: true });
      process.send({ type: 'failed', code: 'invalid_setting', message: 'wrong' }, () => process.exit(2));`;
    const { ready, ended } = observeChild(node(script), (line) => lines.push(line));
    expect(await ready).toEqual({ type: 'ready', url: 'test://' });
    expect(await ended).toEqual({
      type: 'ended',
      how: 'exit code 2',
      failed: { type: 'failed', code: 'invalid_setting', message: 'wrong' },
    });
    expect(lines).toEqual(['one']);
  });

  it('reports a signal, and a program that does not exist', async () => {
    const killed = await observeChild(node(`process.kill(process.pid, 'SIGKILL')`)).ended;
    expect(killed).toMatchObject({ how: 'signal SIGKILL', failed: undefined });
    const missing = await observeChild(spawn('/nowhere/program')).ended;
    expect(missing).toMatchObject({ how: 'spawn /nowhere/program ENOENT' });
  });
});

describe('describeEnd', () => {
  it('adds the first line of the reported cause', () => {
    const how = 'exit code 18';
    expect(describeEnd({ type: 'ended', how })).toBe(how);
    const failed = { type: 'failed', code: 'bug', message: 'no broker\nat line 1' } as const;
    expect(describeEnd({ type: 'ended', how, failed })).toBe('exit code 18: no broker');
  });
});
