import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test, vi } from 'vitest';

import { BrokerError } from '../brokerError.js';
import { openDataDir } from './dataDir.js';

function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'data-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function refusal(dir: string): BrokerError {
  try {
    openDataDir(dir, undefined).release();
  } catch (error) {
    if (error instanceof BrokerError) return error;
    throw error;
  }
  throw new Error('the directory was not rejected');
}

test('a new directory is created, is private to its owner, and keeps its cluster id', () => {
  const dir = join(tempDir(), 'a', 'b');
  const first = openDataDir(dir, undefined);
  expect(statSync(dir).mode & 0o777).toBe(0o700);
  expect(statSync(join(dir, 'format.json')).mode & 0o777).toBe(0o600);
  first.release();
  const second = openDataDir(dir, 'another');
  expect(second.clusterId).toBe(first.clusterId);
  second.release();
});

test('a directory cannot be opened twice at the same time', () => {
  const dir = tempDir();
  const first = openDataDir(dir, undefined);
  expect(refusal(dir)).toMatchObject({
    code: 'DATA_DIR_LOCKED',
    message: `the data directory ${dir} is in use by process ${process.pid}`,
  });
  first.release();
  openDataDir(dir, undefined).release();
  expect(readdirSync(dir)).toEqual(['format.json']);
});

test('the lock of a dead process is taken over', () => {
  const dir = tempDir();
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  writeFileSync(join(dir, 'lock'), JSON.stringify({ pid, started: '1' }));
  openDataDir(dir, undefined).release();
});

test.runIf(process.platform === 'linux')(
  'the lock of a dead process whose id was reused is taken over',
  () => {
    const dir = tempDir();
    writeFileSync(join(dir, 'lock'), JSON.stringify({ pid: process.pid, started: '1' }));
    openDataDir(dir, undefined).release();
  },
);

test.runIf(process.platform === 'linux')('the lock of a zombie process is taken over', async () => {
  // The shell is replaced by a program that never waits for the child, which exits only then.
  const child = '(until [ "$(cat /proc/$$/comm)" = sleep ]; do :; done)';
  const parent = spawn('sh', ['-c', `${child} & echo $!; exec sleep 60`]);
  onTestFinished(() => void parent.kill());
  const pid = Number(String(await once(parent.stdout, 'data')));
  const fields = () => readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ');
  await vi.waitUntil(() => fields()[2] === 'Z');
  const dir = tempDir();
  writeFileSync(join(dir, 'lock'), JSON.stringify({ pid, started: fields()[21] }));
  openDataDir(dir, undefined).release();
});

test('a partially written lock is taken over', () => {
  const dir = tempDir();
  writeFileSync(join(dir, 'lock'), '{"pi');
  openDataDir(dir, undefined).release();
});

test('a directory whose creation was interrupted by a kill can be opened', () => {
  const dir = tempDir();
  writeFileSync(join(dir, 'format.json.tmp'), '{"form');
  openDataDir(dir, undefined).release();
  expect(readdirSync(dir)).toEqual(['format.json']);
});

test.each([
  ['another version', 'format.json', '{"format":2,"clusterId":"x"}'],
  ['a damaged format file', 'format.json', '{"form'],
  ['a directory of another program', 'PG_VERSION', '18'],
])('%s is rejected with a fix', (_name, file, content) => {
  const dir = tempDir();
  writeFileSync(join(dir, file), content);
  const error = refusal(dir);
  expect(error.code).toBe('DATA_DIR_UNUSABLE');
  expect(error.message).toContain(dir);
  expect(error.cure).not.toBe('');
  expect(readFileSync(join(dir, file), 'utf8')).toBe(content);
  expect(existsSync(join(dir, 'lock'))).toBe(false);
});

test('a file in place of the directory is rejected', () => {
  const file = join(tempDir(), 'file');
  writeFileSync(file, '');
  expect(refusal(file).code).toBe('DATA_DIR_UNUSABLE');
});
