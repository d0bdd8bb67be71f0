import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let scratch: string;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'gamemetrics-demo-'));
});

afterEach(() => {
  rmSync(scratch, { recursive: true });
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `gamemetrics demo` in a pipe; the ephemeral instance stores its files in `scratch`. */
function demo(args: readonly string[], onStdout?: (stdout: string, pid: number) => void) {
  const child = spawn(process.execPath, ['bin/run.js', 'demo', ...args], {
    env: { ...process.env, TMPDIR: scratch },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (child.pid !== undefined) onStdout?.(stdout, child.pid);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise<Ended>((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

describe('the demo in a pipe', () => {
  it('prints plain lines, a summary and the result, and leaves no files or processes', async () => {
    const { code, stdout, stderr } = await demo(['--count', '300', '--rate', '200', '--seed', '7']);
    expect(code, stderr).toBe(0);
    expect(stdout).not.toContain('\u001B');
    expect(stdout).toMatch(/^stack: embedded /);
    expect(stdout).toMatch(/^load {2}sent \d+\/300 /m);
    expect(stdout).toMatch(/^accepted\t300$/m);
    expect(stdout).toMatch(/^rank\tplayer\tscore\n1\t/m);
    expect(stdout).toMatch(/^statistics of \d{4}-\d\d-\d\d: /m);
    expect(stdout).toMatch(/^verify: ok: 300 events, /m);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(
      'demo: ok: every event was stored and counted once',
    );
    expect(readdirSync(scratch)).toEqual([]);
  });

  it('prints only JSON to stdout with --json', async () => {
    const { code, stdout, stderr } = await demo(['--count', '200', '--rate', '0', '--json']);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      load: { count: 200, accepted: 200 },
      stored: 200,
      report: { ok: true, compared: { events: 200 } },
    });
  });

  it('stops cleanly on Ctrl-C', async () => {
    let interrupted = false;
    const { code, stdout, stderr } = await demo(['--count', '100000'], (sofar, pid) => {
      if (interrupted || !/^load {2}sent/m.test(sofar)) return;
      interrupted = process.kill(pid, 'SIGINT');
    });
    expect(code, stderr).toBe(130);
    expect(stdout).toContain('stopping postgres');
    expect(readdirSync(scratch)).toEqual([]);
  });
});
