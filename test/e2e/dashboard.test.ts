import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { packageFile } from '../../src/util/paths.js';
import { CliFolder, shellCommand } from '../support/cli.js';
import { noTerminal, Terminal } from '../support/terminal.js';

const enter = '\u001B[?1049h';
const leave = '\u001B[?25h\u001B[?1049l';
const cli = packageFile('bin/run.js');
const patience = { timeout: 30_000, interval: 50 };

async function ended(terminal: Terminal): Promise<void> {
  await vi.waitFor(
    () => expect(terminal.hasEnded, terminal.output.slice(-3000)).toBe(true),
    patience,
  );
}

describe.skipIf(noTerminal !== undefined)(
  `the dashboard in a real terminal${noTerminal === undefined ? '' : ` (skipped: ${noTerminal})`}`,
  () => {
    let folder: CliFolder;

    beforeAll(async () => {
      folder = new CliFolder();
      expect(await folder.run('up', '--detach')).toMatchObject({ code: 0 });
    });
    afterAll(async () => {
      await folder[Symbol.asyncDispose]();
    });

    /** Prints the terminal settings before and after the command, with its exit code. */
    function open(args: string, env: NodeJS.ProcessEnv = {}, size = { rows: 24, columns: 80 }) {
      const { PATH, HOME, LANG } = process.env;
      return new Terminal(`stty -g; ${shellCommand(args)}; echo "exit=$?"; stty -g`, {
        cwd: folder.path,
        env: { PATH, HOME, LANG, TERM: 'xterm-256color', GAMEMETRICS_STACK: 'embedded', ...env },
        ...size,
      });
    }

    async function shows(terminal: Terminal, text: string, from = 0): Promise<void> {
      await vi.waitFor(() => expect(terminal.output.slice(from)).toContain(text), patience);
    }

    /** Checks the exit code and that the terminal settings are restored. */
    async function restored(terminal: Terminal, code: number): Promise<void> {
      await ended(terminal);
      const { output } = terminal;
      expect(output).toContain(`exit=${code}\r\n`);
      expect(output.split(enter)).toHaveLength(2);
      expect(output.lastIndexOf(leave)).toBeGreaterThan(output.lastIndexOf(enter));
      expect(output.slice(output.lastIndexOf(leave) + leave.length)).not.toContain('\u001B');
      const lines = output.split('\r\n').filter((line) => line !== '');
      expect(lines.at(-1)).toMatch(/^[\da-f:]+$/);
      expect(lines.at(-1)).toBe(lines[0]);
    }

    it('starts, accepts keys, follows the window size, and quits', async () => {
      await using terminal = open('tail');
      await shows(terminal, '[1 pipeline]');
      await shows(terminal, 'ready');
      terminal.type('3');
      await shows(terminal, '[3 lag]');
      terminal.type('\t');
      await shows(terminal, '[4 leaderboard]');
      const before = terminal.output.length;
      terminal.resize(40, 120);
      await shows(terminal, '\u001B[2J', before);
      // The footer is in the last row of the resized window.
      await shows(terminal, '\u001B[40;1H', before);
      terminal.type('/');
      await shows(terminal, 'filter: ', before);
      terminal.type('x\rq');
      await restored(terminal, 0);
    });

    it('shows the events that another terminal sends', async () => {
      await using terminal = open('tail --view events');
      await shows(terminal, '[2 events]');
      const sent = await folder.run('send', '--type', 'seen', '--player', 'p-seen', '--game', 'g');
      expect(sent.code).toBe(0);
      await shows(terminal, 'p-seen');
      terminal.type('q');
      await restored(terminal, 0);
    });

    it.each([
      ['Ctrl-C', (terminal: Terminal) => terminal.type('\u0003'), 130],
      ['SIGTERM', (terminal: Terminal) => terminal.signal(cli, 'SIGTERM'), 130],
    ] as const)('restores the terminal after %s', async (_, end, code) => {
      await using terminal = open('tail');
      await shows(terminal, '[1 pipeline]');
      await vi.waitFor(() => expect(terminal.isRaw).toBe(true), patience);
      end(terminal);
      await restored(terminal, code);
    });

    it('works in a terminal of unknown size', async () => {
      await using terminal = open('tail', {}, { rows: 0, columns: 0 });
      await shows(terminal, '[1 pipeline]');
      await shows(terminal, '\u001B[24;1H');
      terminal.type('q');
      await restored(terminal, 0);
    });

    it('has the same text without colours under NO_COLOR', async () => {
      await using terminal = open('tail', { NO_COLOR: '1' });
      await shows(terminal, '[1 pipeline]');
      await shows(terminal, '● worker ready');
      terminal.type('q');
      await ended(terminal);
      // Sequences that end in m set colours.
      const sequences = terminal.output.split('\u001B').slice(1);
      expect(sequences.filter((each) => /^\[[\d;]*m/.test(each))).toEqual([]);
    });

    it('prints plain lines in a dumb terminal', async () => {
      await using terminal = open('tail --count 1', { TERM: 'dumb' });
      await ended(terminal);
      expect(terminal.output).toContain('exit=0');
      expect(terminal.output).not.toContain('\u001B');
    });
  },
);

it('the dashboard of "up" stops its instance when it is quit', async (context) => {
  if (noTerminal !== undefined) return context.skip(noTerminal);
  await using folder = new CliFolder();
  const { PATH, HOME, LANG } = process.env;
  await using terminal = new Terminal(`${shellCommand('up')}; echo "exit=$?"`, {
    cwd: folder.path,
    env: { PATH, HOME, LANG, TERM: 'xterm-256color', GAMEMETRICS_STACK: 'embedded' },
    rows: 24,
    columns: 80,
  });
  await vi.waitFor(() => expect(terminal.output).toContain('[1 pipeline]'), patience);
  terminal.type('q');
  await ended(terminal);
  expect(terminal.output).toContain('exit=0');
  expect(terminal.output.lastIndexOf(leave)).toBeGreaterThan(terminal.output.lastIndexOf(enter));
  expect((await folder.run('status')).code).toBe(7);
});
