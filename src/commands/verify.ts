import { Flags } from '@oclif/core';

import { exitCodes } from '../app/exits.js';
import { handleInterrupts } from '../app/interrupts.js';
import { reading } from '../app/reading.js';
import { findTarget, type Target } from '../app/target.js';
import { withProducer } from '../app/withProducer.js';
import type { Stores } from '../pipeline/runtime/stores.js';
import { repair, type Repaired } from '../pipeline/verify/repair.js';
import type { VerifyReport } from '../pipeline/verify/report.js';
import { verify } from '../pipeline/verify/verify.js';
import { waitForCut } from '../pipeline/waiting/drained.js';
import { screenOf } from '../ui/terminal/terminal.js';
import { repairedText, verifyReportText } from '../ui/verifyReport.js';
import { parseDuration } from '../util/duration.js';
import { BaseCommand } from './support/base.js';
import { confirm, requireTerminal } from './support/confirm.js';
import { nameFlag, timeoutFlag } from './support/flags.js';
import { VerifyProgress } from './support/verifyProgress.js';

interface Outcome {
  readonly report: VerifyReport;
  readonly repaired?: Repaired;
}

export default class Verify extends BaseCommand {
  static override summary =
    'Verify that log and stores agree: nothing lost, nothing counted twice.';
  static override description =
    'Waits until everything that is in Kafka now has been processed, then compares row by row: ' +
    'the events with the log, the statistics and scores with the events, Redis with Postgres, ' +
    'and the top of every leaderboard with the scores. Events may arrive meanwhile. If there are ' +
    'differences, prints each with its probable cause and exits with 99.\n\n--repair rebuilds ' +
    'what differs and compares again: events from what the log still holds, statistics and ' +
    'scores from the events, Redis and the leaderboards from these. Events may arrive meanwhile, ' +
    'but the roles must be running. An interrupted repair can be started again.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
    '<%= config.bin %> <%= command.id %> --repair',
  ];
  static override flags = {
    name: nameFlag,
    timeout: timeoutFlag,
    repair: Flags.boolean({
      summary: 'Rebuild what differs, then compare again.',
      env: 'GAMEMETRICS_REPAIR',
    }),
    yes: Flags.boolean({
      char: 'y',
      summary: 'With --repair on an external stack: do not ask for confirmation.',
      env: 'GAMEMETRICS_YES',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Verify);
    const timeoutMs = parseDuration(flags.timeout);
    const target = findTarget(flags.name);
    const needsConfirmation = flags.repair && target.isExternal && !flags.yes;
    if (needsConfirmation) requireTerminal();
    const { stop } = handleInterrupts();
    const progress = new VerifyProgress(process.stderr);
    const compare = async (stores: Stores): Promise<VerifyReport> => {
      await waitForCut(stores, { timeoutMs, signal: stop });
      return verify(stores, {
        onStep: progress.onStep,
        onProgress: progress.onProgress,
        signal: stop,
      });
    };
    const { report, repaired } = await reading(
      target.endpoints,
      async (stores): Promise<Outcome> => {
        const report = await compare(stores);
        if (report.ok || !flags.repair) return { report };
        if (needsConfirmation) {
          this.logToStderr('%s', verifyReportText(report, screenOf(process.stderr)));
          await confirm(`Rebuild what differs on ${target.title}?`, stop);
        }
        const repaired = await repairWith(stores, target, progress, stop);
        return { report: await compare(stores), repaired };
      },
      stop,
    );
    this.print(flags.json, { ...report, ...(repaired && { repaired }) }, () => [
      ...(repaired === undefined ? [] : [repairedText(repaired)]),
      verifyReportText(report, screenOf(process.stdout)),
    ]);
    if (report.ok) return;
    if (!flags.json && !flags.repair) {
      this.logToStderr('%s', 'To rebuild what differs: gamemetrics verify --repair');
    }
    this.exit(exitCodes.checkFailed);
  }
}

async function repairWith(
  stores: Stores,
  { endpoints }: Target,
  progress: VerifyProgress,
  signal: AbortSignal,
): Promise<Repaired> {
  const onProgress = (repaired: Repaired): void => progress.printThrottled(repairedText(repaired));
  const { onRepairStep: onStep } = progress;
  return withProducer(endpoints, async (producer) =>
    repair(stores, { producer, onStep, onProgress, signal }),
  );
}
