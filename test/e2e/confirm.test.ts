import { afterAll, beforeAll, expect, it, vi } from 'vitest';

import { endpointsToEnvironment } from '../../src/config/endpoints.js';
import { createGameMetrics, type GameMetrics } from '../../src/index.js';
import { CliFolder, shellCommand } from '../support/cli.js';
import { noTerminal, Terminal } from '../support/terminal.js';

const question = 'Rebuild what differs on services from the environment? [y/N] ';

let gm: GameMetrics;
let folder: CliFolder;

beforeAll(async () => {
  gm = await createGameMetrics({ stack: 'embedded' });
  await gm.redis.hset('player_stats:stranger', 'total_events', 7);
  folder = new CliFolder();
});

afterAll(async () => {
  await folder[Symbol.asyncDispose]();
  await gm.stop();
});

it.skipIf(noTerminal !== undefined).each([
  ['Ctrl-C', '\u0003', 130],
  ['Ctrl-D', '\u0004', 2],
  ['no', 'n\n', 2],
  ['yes', 'y\n', 0],
])('a repair of shared services requires a confirmation: %s', async (_, keys, code) => {
  const { PATH, HOME, LANG } = process.env;
  await using terminal = new Terminal(`${shellCommand('verify --repair')}; echo "exit=$?"`, {
    cwd: folder.path,
    env: { PATH, HOME, LANG, TERM: 'xterm', ...endpointsToEnvironment(gm.endpoints) },
    rows: 40,
    columns: 100,
  });
  await vi.waitFor(() => expect(terminal.output).toContain(question), { timeout: 30_000 });
  terminal.type(keys);
  await vi.waitFor(() => expect(terminal.hasEnded).toBe(true), { timeout: 30_000 });
  expect(terminal.output).toContain(`exit=${code}`);
  expect(terminal.output).not.toContain('bug');
  const left = await gm.redis.exists('player_stats:stranger');
  expect(left).toBe(code === 0 ? 0 : 1);
});
