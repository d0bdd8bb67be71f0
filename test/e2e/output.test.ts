import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { packageFile } from '../../src/util/paths.js';
import { CliFolder, parseExports, shellCommand, type CliResult } from '../support/cli.js';
import { noTerminal, Terminal } from '../support/terminal.js';

/** The event that the arguments below name. */
const eventId = '0190f1c2-7b5e-7c33-9d6b-0d6f3b1c2a10';

/** The arguments of each command for JSON, and its exit code, in the order of the tests. */
const jsonCommands: Readonly<Record<string, { args: string; exit?: number }>> = {
  up: { args: '' },
  status: { args: '' },
  send: { args: `--type seen --player p --game g --event-id ${eventId}` },
  'wait event': { args: eventId },
  'wait drained': { args: '' },
  'get event': { args: `${eventId} --follow` },
  'get events': { args: '' },
  'get player': { args: 'p' },
  'get leaderboard': { args: 'g' },
  tail: { args: '--count 1' },
  load: { args: '--count 5 --rate 0' },
  verify: { args: '' },
  logs: { args: 'worker --lines 1' },
  'kafka topics': { args: '' },
  'kafka read': { args: 'player.events.raw --limit 1' },
  'kafka groups': { args: '' },
  'dlq list': { args: '' },
  'dlq show': { args: '1', exit: 99 },
  'dlq replay': { args: '1', exit: 99 },
  doctor: { args: '' },
  demo: { args: '--count 5 --rate 0 --stack embedded' },
  bench: { args: '--events 1000 --rounds 1' },
  run: { args: 'nothing', exit: 2 },
  'run migrate': { args: '' },
  exec: { args: '--stack embedded', exit: 2 },
  down: { args: '--wipe' },
};

interface Described {
  readonly summary?: string;
  readonly examples?: readonly string[];
}

/** Every command, as typed. */
const commands = new Map(
  Object.entries(
    (
      JSON.parse(readFileSync(packageFile('oclif.manifest.json'), 'utf8')) as {
        commands: Record<string, Described>;
      }
    ).commands,
  ).map(([id, described]) => [id.replaceAll(':', ' '), described]),
);

describe('every command', () => {
  it.each([...commands])('%s has a summary and examples that name it', (command, described) => {
    expect(described.summary).toMatch(/^[A-Z].*\.$/);
    expect(described.examples?.length).toBeGreaterThan(0);
    for (const example of described.examples ?? []) {
      expect(example).toContain('<%= config.bin %> <%= command.id %>');
    }
    // The start of its description in the README.
    expect(readFileSync(packageFile('README.md'), 'utf8')).toMatch(
      new RegExp(`(gamemetrics|\`)[ ]?${command}\\b`),
    );
  });
});

let folder: CliFolder;

beforeAll(async () => {
  folder = new CliFolder({ COLUMNS: '80' });
  const { code, stderr } = await folder.run('up', '--detach', '--stack', 'embedded');
  expect(code, stderr).toBe(0);
});

afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

async function run(command: string, env: NodeJS.ProcessEnv, ...more: string[]): Promise<CliResult> {
  const { args = '' } = jsonCommands[command] ?? {};
  const words = [...command.split(' '), ...args.split(' ').filter((word) => word !== '')];
  return folder.runWith({ env }, ...words, ...more);
}

/** The environment of a command; commands that use services get those of the instance. */
async function environmentOf(command: string): Promise<NodeJS.ProcessEnv> {
  // Its own ingest server requires the key in the environment.
  if (command === 'bench') return { GAMEMETRICS_API_KEYS: 'e2e-bench-key-5dBq7Xw0' };
  if (command !== 'run migrate') return {};
  return parseExports((await folder.run('status', '--env')).stdout);
}

/** One JSON value, or one per line. */
function parseJson(text: string): unknown[] {
  try {
    return [JSON.parse(text)];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const lines = text.split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as unknown);
  }
}

describe('with --json, stdout has only JSON', () => {
  it('every command is listed in these tests', () => {
    expect(Object.keys(jsonCommands).sort()).toEqual([...commands.keys()].sort());
  });

  it.each(Object.keys(jsonCommands))('%s prints only JSON', async (command) => {
    const { code, stdout, stderr } = await run(command, await environmentOf(command), '--json');
    const values = parseJson(stdout);
    expect(values.length, stderr).toBeGreaterThan(0);
    expect(stdout).not.toContain('\u001B');
    expect(code, stdout + stderr).toBe(jsonCommands[command]?.exit ?? 0);
  });

  it.each([['tial'], ['get', 'event', 'no-uuid'], ['tail', '--no-such-flag']])(
    'an error is JSON with the flag and with its variable: %s',
    async (...words) => {
      const byFlag = await folder.run(...words, '--json');
      expect(byFlag.code).toBe(2);
      expect(JSON.parse(byFlag.stdout)).toMatchObject({ error: { exit: 'usage' } });
      const byVariable = await folder.runWith({ env: { GAMEMETRICS_JSON: '1' } }, ...words);
      expect(byVariable).toMatchObject({ code: 2, stdout: byFlag.stdout });
    },
  );
});

describe('in a pipe, under TERM=dumb and NO_COLOR', () => {
  beforeAll(async () => {
    expect(await folder.run('up', '--detach', '--stack', 'embedded')).toMatchObject({ code: 0 });
    const sent = await run('send', {});
    expect(sent.code, sent.stderr).toBe(0);
    expect((await folder.run('wait', 'drained')).code).toBe(0);
  });

  const plain = ['up', 'status', 'wait event', 'get event', 'get events', 'get player', 'tail'];
  it.each([...plain, 'kafka topics', 'kafka groups', 'verify', 'logs', 'dlq list'])(
    '%s writes no escape code',
    async (command) => {
      const { code, stdout, stderr } = await run(command, { TERM: 'dumb', NO_COLOR: '1' });
      expect(code, stderr).toBe(0);
      expect(stdout + stderr).not.toContain('\u001B');
    },
  );

  it('an error that quotes its input writes no escape code', async () => {
    const input = '{"\\u001b]0;forged\\u0007":1}\n\u001b[2J\n';
    const { code, stderr } = await folder.runWith({ input }, 'send', '-');
    expect(code).toBe(99);
    expect(stderr).toContain('forged');
    expect(stderr).not.toContain('\u001B');
    expect(stderr).not.toContain('\u0007');
    const unknown = await folder.run('kafka', 'read', 'no\u001b[2Jtopic');
    expect(unknown.stderr).toContain('topic');
    expect(unknown.stderr).not.toContain('\u001B');
  });

  it('a misspelt command gets a suggestion', async () => {
    const { code, stderr } = await folder.run('get', 'evnt', eventId);
    expect(code).toBe(2);
    expect(stderr).toContain('Did you mean "gamemetrics get event"?');
  });

  it('a check passes or fails', async () => {
    const good = await folder.run('status', '--check', 'lag<1000', '--check', 'dead_letters==0');
    expect(good.code, good.stderr).toBe(0);
    const bad = await folder.run('status', '--check', 'lag.logger>5');
    expect(bad.code).toBe(99);
    expect(bad.stderr).toContain('check failed: lag.logger>5: lag of logger is 0');
    const unreadable = await folder.run('status', '--check', 'lag.nobody<1');
    expect(unreadable.code).toBe(2);
  });
});

describe('a list', () => {
  const lists = ['get events', 'kafka topics', 'kafka groups', 'dlq list', 'dlq replay --all'];

  beforeAll(async () => {
    const addresses = parseExports((await folder.run('status', '--env')).stdout);
    const brokers = [addresses['KAFKA_BOOTSTRAP_SERVERS'] ?? ''];
    const producer = new Kafka({ brokers, logLevel: logLevel.NOTHING }).producer();
    await producer.connect();
    await producer.send({ topic: 'player.events.raw', messages: [{ key: 'p', value: 'no JSON' }] });
    await producer.disconnect();
    expect((await folder.run('wait', 'drained')).code).toBe(0);
  });

  it.each(lists)('%s is tab-separated in a pipe and JSON with --json', async (list) => {
    const { stdout } = await folder.run(...list.split(' '));
    const rows = stdout.replace(/\n$/, '').split('\n');
    expect(rows.length, stdout).toBeGreaterThan(1);
    expect(new Set(rows.map((row) => row.split('\t').length)).size, stdout).toBe(1);
    const json = await folder.run(...list.split(' '), '--json');
    expect(JSON.parse(json.stdout)).toHaveLength(rows.length - 1);
  });

  it.skipIf(noTerminal !== undefined).each([60, 80, 120])(
    'fits a terminal of %i columns as a table',
    async (columns) => {
      const { PATH, HOME, LANG } = process.env;
      for (const list of lists) {
        await using terminal = new Terminal(`${shellCommand(list)}; echo "exit=$?"`, {
          cwd: folder.path,
          env: { PATH, HOME, LANG, TERM: 'xterm-256color' },
          rows: 24,
          columns,
        });
        await vi.waitFor(() => expect(terminal.hasEnded).toBe(true), { timeout: 30_000 });
        const lines = terminal.output.split('\r\n');
        expect(lines[0], terminal.output).toMatch(/^┌─+/);
        for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(columns);
      }
    },
  );
});

it('piped input is no argument of a command that does not read it', () => {
  const dryRun = `echo nosuch | ${shellCommand('load --dry-run --count 1 --seed 1')}`;
  const { status, stdout } = spawnSync('sh', ['-c', dryRun], { encoding: 'utf8' });
  expect(status).toBe(0);
  expect(stdout).toContain('"event_id"');
});
