import { Flags } from '@oclif/core';

import { exitCodes } from '../config/failure.js';
import { followEvents } from '../pipeline/observe/follow.js';
import type { Stores } from '../pipeline/stores.js';
import { eventLine } from '../ui/eventLine.js';
import { screenOf } from '../ui/terminal.js';

import { BaseCommand } from './support/base.js';
import { nameFlag } from './support/flags.js';
import { handleInterrupts, untilStopped, type Interrupts } from './support/interrupts.js';
import { reading } from './support/reading.js';
import { findTarget, type Target } from './support/target.js';
import { watchTarget } from './support/watchTarget.js';

const views = ['pipeline', 'events'] as const;

export default class Tail extends BaseCommand {
  static override summary = 'Watch the pipeline, or the events as the sinks get them.';
  static override description =
    'pipeline: throughput, lag, the daily leaderboard and problems; live in a terminal, a line a ' +
    'second in a pipe. events: each event that is stored from now on, one a line. Without --view ' +
    'it is the pipeline in a terminal and events in a pipe. Ctrl-C ends it.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --view events',
    '<%= config.bin %> <%= command.id %> --json --count 10',
  ];
  static override flags = {
    name: nameFlag,
    view: Flags.option({
      options: views,
      summary: 'What to watch.',
      env: 'GAMEMETRICS_VIEW',
    })(),
    count: Flags.integer({
      summary: 'End after so many events.',
      env: 'GAMEMETRICS_COUNT',
      min: 1,
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Tail);
    const target = findTarget(flags.name);
    const interrupts = handleInterrupts();
    const wantsEvents =
      flags.json || flags.count !== undefined || !screenOf(process.stdout).interactive;
    const view = flags.view ?? (wantsEvents ? 'events' : 'pipeline');
    await reading(target.endpoints, (stores) =>
      view === 'events'
        ? this.#tailEvents(stores, flags, interrupts)
        : watchUntilStopped(stores, target, interrupts),
    );
    // Without a message: to end by Ctrl-C is what one does with it.
    if (interrupts.stop.aborted) this.exit(exitCodes.interrupted);
  }

  async #tailEvents(
    stores: Stores,
    { json, count = Infinity }: { readonly json: boolean; readonly count?: number | undefined },
    { stop }: Interrupts,
  ): Promise<void> {
    const readerGone = new AbortController();
    process.stdout.once('error', () => readerGone.abort());
    let printed = 0;
    for await (const event of followEvents(stores, AbortSignal.any([stop, readerGone.signal]))) {
      this.log('%s', json ? JSON.stringify(event) : eventLine(event, screenOf(process.stdout)));
      printed += 1;
      if (printed >= count) return;
    }
  }
}

async function watchUntilStopped(
  stores: Stores,
  target: Target,
  interrupts: Interrupts,
): Promise<void> {
  await using watch = watchTarget(stores, target);
  await Promise.race([untilStopped(interrupts), untilAborted(watch.readerGone)]);
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
