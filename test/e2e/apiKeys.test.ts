import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { CliFolder } from '../support/cli.js';

const [old, current] = ['e2e-old-key-5dBq7Xw0', 'e2e-new-key-p9TzK3mV'];
const event = ['send', '--type', 'player_level_up', '--player', 'p', '--game', 'g'];

it('an instance with API keys requires one, and only the commands that send events use it', async () => {
  const keys = { GAMEMETRICS_API_KEYS: `${current},${old}` };
  await using folder = new CliFolder();
  const withKeys = (...args: string[]) => folder.runWith({ env: keys }, ...args);
  expect((await withKeys('up', '--detach')).code).toBe(0);

  const refused = await folder.run(...event);
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toMatch(/API key[^]*GAMEMETRICS_API_KEYS/);
  const wrong = { GAMEMETRICS_API_KEYS: 'e2e-bad-key-00000000' };
  const load = ['load', '--count', '20', '--rate', '0'];
  expect((await folder.runWith({ env: wrong }, ...load)).code).toBe(2);

  // The second key of a rotation is still accepted.
  const second = { GAMEMETRICS_API_KEYS: old };
  expect((await folder.runWith({ env: second }, ...event)).code).toBe(0);
  expect((await withKeys(...load)).code).toBe(0);

  // Commands that only read the instance need no key and show none.
  const shown = await Promise.all(
    [['status', '--json'], ['status', '--env'], ['doctor'], ['logs'], ['verify']].map((args) =>
      folder.run(...args),
    ),
  );
  expect(shown.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
  const said = JSON.stringify(shown);
  const files = readAll(folder.path);
  for (const key of [old, current]) {
    expect(said).not.toContain(key);
    expect(files).not.toContain(key);
    expect(commandLines()).not.toContain(key);
  }
}, 120_000);

it('up warns about listening on other interfaces without a key and rejects a weak key', async () => {
  await using folder = new CliFolder({ GAMEMETRICS_HTTP_HOST: '0.0.0.0' });
  const up = await folder.run('up', '--detach');
  expect(up.code).toBe(0);
  expect(up.stdout).toMatch(/ingest listens on 0\.0\.0\.0[^]*GAMEMETRICS_API_KEYS/);
  await folder.run('down');
  const weak = await folder.runWith({ env: { GAMEMETRICS_API_KEYS: 'guessme' } }, 'up');
  expect(weak.code).toBe(2);
  expect(weak.stderr).toMatch(/GAMEMETRICS_API_KEYS: key 1/);
  expect(weak.stderr).not.toContain('guessme');
}, 120_000);

/** All files under a folder as one text; only the owner may read the files of an instance. */
function readAll(folder: string): string {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const inPrivateFolder = statSync(join(folder, '.gamemetrics')).mode & 0o077;
      expect(inPrivateFolder).toBe(0);
      return readFileSync(file, 'latin1');
    })
    .join('\n');
}

/** The command lines of all processes, which every user of the machine can read. */
function commandLines(): string {
  return execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
}
