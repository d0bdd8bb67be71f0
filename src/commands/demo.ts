import { randomInt } from 'node:crypto';

import { Flags } from '@oclif/core';

import { demonstrate, type Demonstration, type DemonstrationOptions } from '../app/demonstrate.js';
import { detach } from '../app/detach.js';
import { exitCodes } from '../app/exits.js';
import { handleInterrupts, type Interrupts } from '../app/interrupts.js';
import { ProgressLines } from '../app/progressLines.js';
import { reading } from '../app/reading.js';
import { startPipeline } from '../app/start.js';
import { instanceTarget, type Target } from '../app/target.js';
import { environment } from '../config/environment.js';
import { instancesHome, readInstance, requireRunning, stackChoices } from '../stack/index.js';
import { dayText, dayTitle } from '../ui/day.js';
import { leaderboardText, leaderboardTitle } from '../ui/leaderboard.js';
import { loadSummaryText } from '../ui/load/loadSummary.js';
import { screenOf } from '../ui/terminal/terminal.js';
import { verifyReportText } from '../ui/verifyReport.js';
import { Failure } from '../util/failure.js';
import { BaseCommand } from './support/base.js';
import { setupFlags, setupOf } from './support/startFlags.js';

type Request = Omit<DemonstrationOptions, 'signal' | 'progress'>;

type Setup = ReturnType<typeof setupOf>;

export default class Demo extends BaseCommand {
  static override summary = 'Start an instance, send a load through it, and verify the stores.';
  static override description =
    'It starts a fresh instance, sends a load, waits until the pipeline has drained, compares the ' +
    'stores, prints a summary, and removes the instance with all its data. The exit code is 99 if an ' +
    'event was lost or counted twice. It never uses services that the environment names, unless ' +
    '--stack requests them.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --count 50000 --rate 0',
    '<%= config.bin %> <%= command.id %> --keep',
  ];
  static override flags = {
    count: Flags.integer({
      summary: 'Events to send.',
      env: 'GAMEMETRICS_COUNT',
      helpValue: 'N',
      default: 1000,
      min: 1,
    }),
    rate: Flags.integer({
      summary: 'Events per second, or 0 for full speed.',
      env: 'GAMEMETRICS_RATE',
      helpValue: 'N',
      default: 100,
      min: 0,
    }),
    seed: Flags.integer({
      summary: 'Seed of the events (random by default).',
      env: 'GAMEMETRICS_SEED',
      helpValue: 'N',
      min: 0,
    }),
    keep: Flags.boolean({
      summary: 'Leave the instance running in the background.',
      env: 'GAMEMETRICS_KEEP',
    }),
    name: Flags.string({
      char: 'n',
      summary: 'Name of the instance that --keep leaves running.',
      env: 'GAMEMETRICS_NAME',
      default: 'demo',
      helpValue: 'NAME',
    }),
    // No environment variable: demo events go to a shared stack only if the user types its name.
    stack: Flags.option({
      options: stackChoices,
      summary: 'What the pipeline runs on.',
      default: 'embedded' as const,
    })(),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Demo);
    const { json, keep, name, stack, count, rate } = flags;
    const interrupts = handleInterrupts();
    const progress = new ProgressLines((line) =>
      json ? this.logToStderr('%s', line) : this.log('%s', line),
    );
    const { write } = progress;
    const request = { count, rate, seed: flags.seed ?? randomInt(2 ** 31), live: !json };
    const place = { name, stack, progress };
    const show = (shown: Demonstration) => this.print(json, shown, () => summaryLines(shown));
    const problem = problemOf(
      keep
        ? await demonstrateAndKeep(
            { ...place, setup: await this.#setup() },
            request,
            interrupts,
            show,
          )
        : await demonstrateOnce(place, request, interrupts, show),
    );
    write(
      problem === undefined
        ? 'demo: ok: every event was stored and counted once'
        : `demo: FAILED: ${problem}`,
    );
    if (keep) for (const line of nextSteps(name)) write(line);
    if (problem !== undefined) this.exit(exitCodes.checkFailed);
  }

  /** The setup that "up" would use here: from its flags' variables and the config file. */
  async #setup(): Promise<Setup> {
    const { flags } = await this.parse({ flags: setupFlags }, []);
    return setupOf(flags);
  }
}

interface Place {
  readonly name: string;
  readonly stack: (typeof stackChoices)[number];
  readonly progress: ProgressLines;
}

/** Runs the demonstration in an instance that is always removed at the end. */
async function demonstrateOnce(
  { name, stack, progress }: Place,
  request: Request,
  interrupts: Interrupts,
  show: (shown: Demonstration) => void,
): Promise<Demonstration> {
  const start = { name, home: '', stack, isolate: false, port: undefined, ephemeral: true };
  await using instance = await startPipeline(start, interrupts, progress.write);
  const target = instanceTarget(instance.state(), () => instance.state());
  const shown = await demonstrateIn(target, { ...request, progress }, interrupts, instance.failed);
  show(shown);
  return shown;
}

/** Runs it in an instance that keeps running in the background; a running one of that name is reused. */
async function demonstrateAndKeep(
  { name, stack, progress, setup }: Place & { readonly setup: Setup },
  request: Request,
  interrupts: Interrupts,
  show: (shown: Demonstration) => void,
): Promise<Demonstration> {
  const home = instancesHome(environment(), process.cwd());
  const running = readInstance(home, name);
  if (running === undefined || running.status === 'crashed') {
    const start = { home, name, stack, ...setup };
    await detach(start, { write: progress.write, signal: interrupts.stop });
  }
  const target = instanceTarget(requireRunning(home, name), () => readInstance(home, name));
  const shown = await demonstrateIn(target, request, interrupts);
  show(shown);
  return shown;
}

async function demonstrateIn(
  target: Target,
  request: Omit<DemonstrationOptions, 'signal'>,
  { stop }: Interrupts,
  failed?: Promise<Failure>,
): Promise<Demonstration> {
  const broken = new AbortController();
  void failed?.then((failure) => broken.abort(failure));
  const signal = AbortSignal.any([stop, broken.signal]);
  const shown = reading(
    target.endpoints,
    (stores) => demonstrate(stores, target, { ...request, signal }),
    stop,
  );
  return shown.catch((error: unknown) => {
    // The failure of the instance is the cause of the other errors.
    throw broken.signal.aborted ? broken.signal.reason : error;
  });
}

function summaryLines(shown: Demonstration): string[] {
  const screen = screenOf(process.stdout);
  const { load, report, board, day } = shown;
  return [
    '',
    loadSummaryText(load, screen),
    '',
    ...(board === undefined ? [] : [leaderboardTitle(board), leaderboardText(board, screen), '']),
    dayTitle(day),
    dayText(day, screen),
    '',
    verifyReportText(report, screen),
    '',
  ];
}

/** The reason that not every event was counted exactly once; undefined if every event was. */
function problemOf({ load, stored, report }: Demonstration): string | undefined {
  if (load.accepted < load.count) return `${load.accepted} of ${load.count} events were accepted`;
  if (stored < load.accepted) return `${stored} of ${load.accepted} accepted events were stored`;
  return report.ok ? undefined : 'the stores differ';
}

function nextSteps(name: string): string[] {
  const option = `--name ${name}`;
  return [
    '',
    'The instance keeps running in the background. Next steps:',
    `  gamemetrics tail ${option}                      watch it`,
    `  gamemetrics load ${option}                      send more`,
    `  eval "$(gamemetrics status ${option} --env)"    use its addresses in this shell`,
    `  gamemetrics down ${option} --wipe               stop it, and remove its data`,
  ];
}
