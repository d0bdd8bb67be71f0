import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, expect, it } from 'vitest';

const run = promisify(execFile);

let scratch: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'gamemetrics-pack-'));
});

afterAll(() => {
  rmSync(scratch, { recursive: true });
});

it('the packed package works after an installation in another folder', async () => {
  // The build already exists, and another test may be using it.
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', scratch]);
  const [tarball] = readdirSync(scratch);
  expect(tarball).toMatch(/^gamemetrics-.*\.tgz$/);
  const prefix = join(scratch, 'prefix');
  const from = join(scratch, tarball ?? '');
  await run('npm', ['install', '--global', '--prefer-offline', '--prefix', prefix, from]);
  const command = join(prefix, 'bin', 'gamemetrics');
  const args = ['demo', '--count', '100', '--rate', '0', '--json'];
  const { stdout } = await run(command, args, { cwd: scratch });
  expect(JSON.parse(stdout)).toMatchObject({ stored: 100, report: { ok: true } });
});
