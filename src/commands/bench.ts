import { Flags } from '@oclif/core';

import { runBench, type Measurement } from '../app/bench/bench.js';
import { handleInterrupts } from '../app/interrupts.js';
import { renderTable } from '../ui/terminal/table.js';
import { screenOf } from '../ui/terminal/terminal.js';
import { Failure } from '../util/failure.js';
import { BaseCommand } from './support/base.js';

const words = {
  drain: 'drain of a backlog, to every sink',
  batch: 'batch POST, to every sink',
} as const;

export default class Bench extends BaseCommand {
  static override summary = 'Measure the pipeline against a raw COPY of the same rows.';
  static override description =
    'Starts an embedded stack of its own. Each round takes two measurements and, right before ' +
    'each, times a raw COPY of as many rows into a table like events. The ratio of the two times ' +
    'shows the cost of the pipeline on any machine. Lower is better; quote the medians.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --events 20000 --rounds 1 --json',
  ];
  static override flags = {
    events: Flags.integer({
      summary: 'Events per measurement.',
      env: 'GAMEMETRICS_BENCH_EVENTS',
      helpValue: 'N',
      default: 100_000,
      min: 1_000,
      max: 10_000_000,
    }),
    rounds: Flags.integer({
      summary: 'Number of rounds.',
      env: 'GAMEMETRICS_BENCH_ROUNDS',
      helpValue: 'N',
      default: 3,
      min: 1,
      max: 100,
    }),
    seed: Flags.integer({
      summary: 'Seed of the events.',
      env: 'GAMEMETRICS_SEED',
      helpValue: 'N',
      default: 1,
      min: 0,
      max: 2 ** 31,
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Bench);
    const { stop } = handleInterrupts();
    const measurements = await runBench({
      ...flags,
      signal: stop,
      onStep: (what) => this.logToStderr('%s', what),
    }).catch((error: unknown) => {
      throw stop.aborted ? new Failure('interrupted', { code: 'interrupted' }) : error;
    });
    const medians = (['drain', 'batch'] as const).map((name) => ({
      name,
      ratio: median(measurements, name),
    }));
    this.print(flags.json, { events: flags.events, measurements, medians }, () => [
      renderTable(
        {
          head: ['what', 'round', 'events/s', 'seconds', 'COPY s', 'ratio'],
          rows: measurements.map((each) => [
            words[each.name],
            each.round,
            Math.round(each.eventsPerSecond),
            each.seconds.toFixed(2),
            each.copySeconds.toFixed(2),
            each.ratio.toFixed(2),
          ]),
        },
        screenOf(process.stdout),
      ),
      ...medians.map(({ name, ratio }) => `${words[name]}: ${ratio.toFixed(2)} x COPY (median)`),
    ]);
  }
}

function median(measurements: readonly Measurement[], name: Measurement['name']): number {
  const ratios = measurements
    .filter((each) => each.name === name)
    .map(({ ratio }) => ratio)
    .sort((a, b) => a - b);
  const middle = ratios.length / 2;
  return ((ratios[Math.ceil(middle) - 1] ?? NaN) + (ratios[Math.floor(middle)] ?? NaN)) / 2;
}
