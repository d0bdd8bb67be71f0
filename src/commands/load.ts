import { randomInt } from 'node:crypto';

import { Flags } from '@oclif/core';

import { exitCodes } from '../config/failure.js';
import { runLoad } from '../generators/load.js';
import type { LoadSummary } from '../generators/tally.js';
import type { Visible } from '../generators/visibility.js';
import { untilVisible } from '../pipeline/observe/visibility.js';
import type { Stores } from '../pipeline/stores.js';
import { openLive } from '../ui/live.js';
import { loadSummaryText } from '../ui/loadSummary.js';
import { loadView } from '../ui/loadView.js';
import { screenOf } from '../ui/terminal.js';
import { BaseCommand } from './support/base.js';
import { nameFlag } from './support/flags.js';
import { findIngest, urlFlag } from './support/ingestUrl.js';
import { handleInterrupts } from './support/interrupts.js';
import { reading } from './support/reading.js';
import { findTarget } from './support/target.js';

/** A seed that is printed and typed again: 32 bits. */
const seeds = 2 ** 32;

const visibleWithinMs = 10_000;

export default class Load extends BaseCommand {
  static override summary = 'Send generated events, and measure how they are taken.';
  static override description =
    'It sends exactly --count events at --rate, whether the server is fast or slow; latency counts ' +
    'from when an event was due. What ingest cannot take now (429, 503, no connection) is sent ' +
    'again with the same event_id for half a minute and counts once. The same --seed gives the ' +
    'same sequence of players and scores.\n\nExit codes: 0 all accepted, 7 nobody answers, 18 some ' +
    'could not be delivered, 99 some were refused, 130 ended by Ctrl-C (with the summary so far).';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --count 50000 --rate 0',
    '<%= config.bin %> <%= command.id %> --count 1000000 --rate 0 --batch 1000 --json',
    '<%= config.bin %> <%= command.id %> --visible',
  ];
  static override flags = {
    name: nameFlag,
    url: urlFlag,
    count: Flags.integer({
      char: 'c',
      summary: 'Events to send.',
      env: 'GAMEMETRICS_COUNT',
      default: 1_000,
      min: 1,
      max: 1_000_000_000,
    }),
    rate: Flags.integer({
      char: 'r',
      summary: 'Events a second; 0 sends as fast as it goes.',
      env: 'GAMEMETRICS_RATE',
      default: 100,
      min: 0,
      max: 1_000_000,
    }),
    seed: Flags.integer({
      summary: 'Seed of the events; left out, a random one is taken and printed.',
      env: 'GAMEMETRICS_SEED',
      min: 0,
      max: seeds - 1,
    }),
    batch: Flags.integer({
      summary: 'Events a request.',
      env: 'GAMEMETRICS_BATCH',
      default: 1,
      min: 1,
      max: 10_000,
    }),
    connections: Flags.integer({
      summary: 'Most requests under way at once.',
      env: 'GAMEMETRICS_CONNECTIONS',
      default: 32,
      min: 1,
      max: 1_024,
    }),
    visible: Flags.boolean({
      summary: "Measure by a sample how soon the instance's stores show an accepted event.",
      env: 'GAMEMETRICS_VISIBLE',
    }),
  };

  async run(): Promise<void> {
    const parsed = await this.parse(Load);
    const { json, name, count, rate, batch, connections, visible } = parsed.flags;
    const { seed = randomInt(seeds) } = parsed.flags;
    const url = await findIngest(parsed);
    const { stop } = handleInterrupts();
    const load = { url, count, rate, seed, batch, connections };
    if (!json) {
      const speed = rate === 0 ? 'full speed' : `${rate}/s`;
      this.log(`load: ${count} events at ${speed}, seed ${seed}, to ${url}`);
    }
    const send = (options: LoadRequest) =>
      json ? runLoad({ ...options, signal: stop }) : watchLoad(options, stop);
    const summary = visible
      ? await reading(findTarget(name).endpoints, (stores) =>
          send({ ...load, visible: probeOf(stores) }),
        )
      : await send(load);
    this.print(json, summary, () => [loadSummaryText(summary, screenOf(process.stdout))]);
    const exit = exitOf(summary, stop);
    if (exit === exitCodes.serviceFailed && !json) {
      this.logToStderr(
        'error: not all could be delivered: %s',
        summary.lastProblem ?? 'ended early',
      );
    }
    this.exit(exit);
  }
}

type LoadRequest = Omit<Parameters<typeof runLoad>[0], 'signal' | 'onProgress'>;

/** Runs a load with a live view on stdout; it ends too where nobody reads that any more. */
async function watchLoad(load: LoadRequest, stop: AbortSignal): Promise<LoadSummary> {
  await using live = openLive(loadView, { stream: process.stdout });
  return await runLoad({
    ...load,
    signal: AbortSignal.any([stop, live.readerGone]),
    onProgress: (progress) => live.update(progress),
  });
}

/** Whether PostgreSQL and Redis show an event; a sample that takes longer is missed. */
function probeOf(stores: Stores): Visible {
  return (event, signal) => {
    const late = AbortSignal.timeout(visibleWithinMs);
    return untilVisible(stores, event, AbortSignal.any([signal, late]));
  };
}

function exitOf({ count, failed, rejected, sent }: LoadSummary, stop: AbortSignal): number {
  if (stop.aborted) return exitCodes.interrupted;
  if (failed > 0 || sent < count) return exitCodes.serviceFailed;
  return Object.keys(rejected).length > 0 ? exitCodes.checkFailed : exitCodes.ok;
}
