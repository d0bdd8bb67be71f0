import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { expect, it } from 'vitest';

import { processStartTime } from './processStartTime.js';

it('stays the same for a process, and differs from that of a later one', async () => {
  const own = processStartTime(process.pid);
  expect(own).toBeDefined();
  expect(processStartTime(process.pid)).toBe(own);
  const child = spawn(process.execPath, ['--eval', 'process.stdin.resume()']);
  const { pid = 0 } = child;
  const exited = once(child, 'exit');
  expect(processStartTime(pid)).toBeDefined();
  expect(processStartTime(pid)).not.toBe(own);
  child.stdin.end();
  await exited;
  expect(processStartTime(pid)).toBeUndefined();
});
