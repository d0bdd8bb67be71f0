import { Args, Flags } from '@oclif/core';

import { exitCodes, exitReasonOf } from '../app/exits.js';
import { handleInterrupts } from '../app/interrupts.js';
import { checkReport, exitOf, writeReport, type Verdict } from '../app/loadVerdict.js';
import { measureLoad } from '../app/measureLoad.js';
import { reading } from '../app/reading.js';
import { findTarget } from '../app/target.js';
import { clientApiKey } from '../config/apiKeys.js';
import type { Endpoints } from '../config/endpoints.js';
import { environment } from '../config/environment.js';
import type { LoadPlan } from '../generators/plan.js';
import { LoadSource } from '../load/source.js';
import { checkThresholds } from '../load/thresholds.js';
import { loadCheckLines, thresholdLines } from '../ui/load/loadReport.js';
import { loadSummaryText } from '../ui/load/loadSummary.js';
import { screenOf } from '../ui/terminal/terminal.js';
import { printable } from '../ui/terminal/text.js';
import { parseDuration } from '../util/duration.js';
import { Failure } from '../util/failure.js';
import { BaseCommand } from './support/base.js';
import { nameFlag, timeoutFlag } from './support/flags.js';
import { findIngest, urlFlag } from './support/ingestUrl.js';
import { planFlags, readLoadRequest } from './support/loadFlags.js';
import { readerGone } from './support/readerGone.js';
import { written } from './support/written.js';

export default class Load extends BaseCommand {
  static override summary = 'Send generated events, and measure the response of the pipeline.';
  static override description =
    'Events are sent when they are due, whether the server is fast or slow, and latency is ' +
    'measured from the due time. Events that ingest cannot accept now (429, 503, no connection) are ' +
    'retried with the same event_id for 30 s and count once. The same --seed, --start and other ' +
    'options produce the same bytes, so a repeated load consists of duplicates. If the stores ' +
    'behind ingest are known, the command waits at the end until all events are processed, and ' +
    'compares the stores with the expected result (--no-check skips this). docs/load.md has the ' +
    'details.\n\n' +
    'Exit codes: 0 success, 7 ingest does not answer, 17 events were not processed in time, 18 ' +
    'events could not be delivered, 99 events were rejected, a threshold failed or the stores ' +
    'differ, 130 interrupted by Ctrl-C (the first prints the summary so far, the second stops ' +
    'immediately).';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --count 50000 --rate 0',
    '<%= config.bin %> <%= command.id %> --rate 10..500/30s --arrivals poisson',
    '<%= config.bin %> <%= command.id %> --duplicates 1% --invalid 1% --late 5%',
    "<%= config.bin %> <%= command.id %> --duration 1m --visible --threshold 'visible_p99<100ms'",
    '<%= config.bin %> <%= command.id %> launch-day --junit load.xml',
    '<%= config.bin %> <%= command.id %> --seed 7 --start 2026-01-05T12:00:00Z --dry-run',
  ];
  static override args = {
    scenario: Args.string({
      ignoreStdin: true,
      description: 'A scenario: a YAML file, or the name of a built-in scenario.',
    }),
  };
  static override flags = {
    name: nameFlag,
    url: urlFlag,
    ...planFlags,
    batch: Flags.integer({
      summary: 'Events per request.',
      env: 'GAMEMETRICS_BATCH',
      helpValue: 'N',
      default: 1,
      min: 1,
      max: 10_000,
    }),
    connections: Flags.integer({
      summary: 'Maximum number of concurrent requests.',
      env: 'GAMEMETRICS_CONNECTIONS',
      helpValue: 'N',
      default: 32,
      min: 1,
      max: 1_024,
    }),
    visible: Flags.boolean({
      summary: "Sample the time until the instance's stores contain an accepted event.",
      env: 'GAMEMETRICS_VISIBLE',
    }),
    'no-check': Flags.boolean({
      summary: 'Skip the comparison of the stores with the expected result.',
      env: 'GAMEMETRICS_NO_CHECK',
    }),
    timeout: timeoutFlag,
    junit: Flags.string({
      summary: 'Write the results of checks and thresholds as JUnit XML.',
      env: 'GAMEMETRICS_JUNIT',
      helpValue: 'FILE',
    }),
    'dry-run': Flags.boolean({
      summary: 'Print the request bodies, one per line, and send nothing.',
      env: 'GAMEMETRICS_DRY_RUN',
      exclusive: ['json'],
    }),
  };

  async run(): Promise<void> {
    const parsed = await this.parse(Load);
    const { flags, args } = parsed;
    const { json, junit } = flags;
    const { plan, thresholds } = readLoadRequest(flags, args.scenario);
    if (flags['dry-run']) return this.#printBodies(plan);
    const measures = {
      visible: flags.visible || thresholds.some(({ needsVisible }) => needsVisible),
      check: !flags['no-check'],
      drainTimeoutMs: parseDuration(flags.timeout),
    };
    if (junit !== undefined) checkReport(junit);
    const url = await findIngest(parsed);
    const endpoints = storesBehind(url, flags.name, measures);
    const interrupts = handleInterrupts();
    const { batch, connections } = flags;
    const apiKey = clientApiKey(environment());
    const notify = (line: string) => {
      if (!json) this.log('load: %s', line);
    };
    const options = { plan, url, apiKey, batch, connections, live: !json, notify, interrupts };
    if (!json) this.log('%s', announcement(plan, url));
    const measured =
      endpoints === undefined
        ? await measureLoad(options, undefined)
        : await reading(
            endpoints,
            (stores) => measureLoad(options, { stores, ...measures }),
            interrupts.kill,
          );
    const verdict: Verdict = {
      ...measured,
      thresholds: checkThresholds(thresholds, measured.summary),
    };
    const { summary, check, unchecked } = verdict;
    const start = new Date(plan.startMs).toISOString();
    const { thresholds: results } = verdict;
    const shown = { ...summary, start, ...(check && { check }), thresholds: results };
    const screen = screenOf(process.stdout);
    this.print(json, shown, () => [
      loadSummaryText(summary, screen),
      ...(check === undefined ? [] : ['', ...loadCheckLines(check, screen)]),
      ...thresholdLines(results),
    ]);
    if (junit !== undefined) writeReport(junit, verdict);
    if (unchecked !== undefined && !json) {
      this.logToStderr('error: the stores were not compared: %s', unchecked.message);
    }
    const exit = exitOf(verdict, interrupts.stop);
    if (exit === exitCodes.serviceFailed && !json) {
      const problem = summary.lastProblem ?? 'the load ended early';
      this.logToStderr('error: some events could not be delivered: %s', printable(problem));
    }
    this.exit(exit);
  }

  async #printBodies(plan: LoadPlan): Promise<void> {
    const source = new LoadSource(plan);
    const begun = performance.now();
    const gone = readerGone();
    while (!gone.aborted) {
      const items = source.take(1_000, performance.now() - begun);
      if (items.length === 0) return;
      this.log('%s', items.map(({ json }) => json).join('\n'));
      await written(process.stdout);
    }
  }
}

/**
 * Finds the stores behind an ingest server, if a measurement needs them: the stores of the instance
 * with this address.
 * @throws Failure (not_running) if visibility is requested and the stores are not known
 */
function storesBehind(
  url: string,
  name: string,
  { visible, check }: { readonly visible: boolean; readonly check: boolean },
): Endpoints | undefined {
  if (!visible && !check) return undefined;
  try {
    const target = findTarget(name);
    const isBehind = target.url !== undefined && new URL(target.url).origin === url;
    return visible || isBehind ? target.endpoints : undefined;
  } catch (error) {
    if (visible || !(error instanceof Failure) || exitReasonOf(error) !== 'notRunning') throw error;
    return undefined;
  }
}

function announcement({ count, durationMs, rate, seed }: LoadPlan, url: string): string {
  const speed =
    typeof rate === 'number'
      ? rate === 0
        ? 'full speed'
        : `${rate}/s`
      : rate.map(({ from, to }) => (from === to ? `${from}/s` : `${from}..${to}/s`)).join(', ');
  const events = count === Infinity ? 'events' : `${count} events`;
  const time = durationMs === Infinity ? '' : ` for ${durationMs / 1_000} s`;
  return `load: ${events} at ${speed}${time}, seed ${seed}, to ${url}`;
}
