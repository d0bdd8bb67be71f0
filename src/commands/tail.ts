import { Flags } from '@oclif/core';

import { exitCodes } from '../app/exits.js';
import { handleInterrupts } from '../app/interrupts.js';
import { reading } from '../app/reading.js';
import { findTarget } from '../app/target.js';
import { watchDashboard } from '../app/watchDashboard.js';
import { followEvents } from '../pipeline/observe/follow.js';
import type { Stores } from '../pipeline/runtime/stores.js';
import { dashboardViews } from '../ui/dashboard/state.js';
import { eventLine } from '../ui/eventLine.js';
import { screenOf } from '../ui/terminal/terminal.js';
import { BaseCommand } from './support/base.js';
import { nameFlag } from './support/flags.js';

export default class Tail extends BaseCommand {
  static override summary = 'Watch the pipeline: its stages, lag, leaderboards and problems.';
  static override description =
    'In a terminal, shows a dashboard: 1 to 5 or Tab change the view, ? shows the keys, q quits. ' +
    'In a pipe, prints one line per second or, with --view events, one line per event as it is ' +
    'stored. With --json, each line is a snapshot (or an event) as an object. Ctrl-C ends the ' +
    'command.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --view lag',
    '<%= config.bin %> <%= command.id %> --view events --count 10',
    '<%= config.bin %> <%= command.id %> --json --count 1',
  ];
  static override flags = {
    name: nameFlag,
    view: Flags.option({
      options: dashboardViews,
      summary: 'The view to show.',
      env: 'GAMEMETRICS_VIEW',
      default: 'pipeline' as const,
    })(),
    count: Flags.integer({
      summary: 'Print lines, and end after this many snapshots (or events).',
      env: 'GAMEMETRICS_TAIL_COUNT',
      helpValue: 'N',
      min: 1,
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Tail);
    const { json, view, count } = flags;
    const target = findTarget(flags.name);
    const { stop: signal } = handleInterrupts();
    const wantsLines = json || count !== undefined || !screenOf(process.stdout).interactive;
    await reading(
      target.endpoints,
      (stores) =>
        view === 'events' && wantsLines
          ? this.#tailEvents(stores, json, count ?? Infinity, signal)
          : watchDashboard(stores, target, {
              view,
              json,
              signal,
              ...(count === undefined ? {} : { count }),
            }),
      signal,
    );
    // No message: Ctrl-C is the usual way to end this command.
    if (signal.aborted) this.exit(exitCodes.interrupted);
  }

  async #tailEvents(
    stores: Stores,
    json: boolean,
    count: number,
    stop: AbortSignal,
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
