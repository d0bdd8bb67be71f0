import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { CliFolder } from '../../support/cli.js';

const disk = mkdtempSync(join(tmpdir(), 'gamemetrics-disk-'));

/** Needs root; PostgreSQL's first files take about 40 MB. */
const mounted =
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=755', 'tmpfs', disk]).status === 0;

afterAll(() => {
  if (mounted) spawnSync('umount', [disk]);
  rmSync(disk, { recursive: true });
});

describe.skipIf(!mounted)('an instance on a full disk', () => {
  it('fails to start, and reports the fix', async () => {
    await using folder = new CliFolder({ GAMEMETRICS_HOME: disk });
    const { code, stderr } = await folder.run('up');
    expect(code).toBe(18);
    expect(stderr).toContain('No space left on device');
    expect(stderr).toContain('\nThe disk is full: free some space on it');
  });
});
