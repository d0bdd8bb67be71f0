import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { afterAll, describe, expect, it } from 'vitest';

import { CliFolder, shellCommand } from '../../support/cli.js';

const golden = readFileSync('fixtures/golden/load.ndjson', 'utf8');

/** The plan of the golden file, as in src/generators/stream.test.ts. */
const options =
  '--dry-run --seed 20260 --start 2026-03-01T12:00:00Z --count 60 --rate 1..20/4s ' +
  '--arrivals poisson --players 8 --games 3 --skew 0.8 --duplicates 10% --invalid 20% --late 10% ' +
  '--late-by 2h';

describe('gamemetrics load', () => {
  const folder = new CliFolder();
  afterAll(async () => folder[Symbol.asyncDispose]());

  it.each(['UTC', 'Pacific/Kiritimati', 'America/St_Johns'])(
    'sends the bytes of the golden file in the time zone %s',
    async (TZ) => {
      const { code, stdout } = await folder.runWith({ env: { TZ } }, 'load', ...options.split(' '));
      expect(code).toBe(0);
      expect(stdout).toBe(golden);
    },
  );

  it.each([
    ['--rate', 'fast'],
    ['--threshold', 'p99<1'],
    ['--late', '2'],
    ['--start', '2999-01-01'],
    ['no-such-scenario'],
    ['--junit', 'no-such-folder/load.xml'],
  ])('rejects %s %s with one message and a fix before it connects to a server', async (...args) => {
    const { code, stdout, stderr } = await folder.run('load', ...args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error: .+\n.+\n$/);
    const json = await folder.run('load', ...args, '--json');
    expect(json.code).toBe(2);
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { exit: 'usage' } });
  });

  it('ends a dry run of any length when its reader closes the pipe', () => {
    const load = shellCommand('load --dry-run --seed 1 --rate 0 --duration 24h');
    const line = `${load} | head -n 1`;
    const { status, stdout, stderr } = spawnSync('sh', ['-c', line], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^\{.*\}\n$/);
  });
});
