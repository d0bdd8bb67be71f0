import { Flags } from '@oclif/core';

import { exitCodes } from '../config/failure.js';
import { waitDrained } from '../pipeline/drained.js';
import { repair } from '../pipeline/verify/repair.js';
import { verify } from '../pipeline/verify/verify.js';
import { screenOf } from '../ui/terminal.js';
import { repairedText, verifyReportText } from '../ui/verifyReport.js';

import { BaseCommand } from './support/base.js';
import { nameFlag, parseDuration, timeoutFlag } from './support/flags.js';
import { handleInterrupts } from './support/interrupts.js';
import { reading } from './support/reading.js';
import { findTarget } from './support/target.js';
import { VerifyProgress } from './support/verifyProgress.js';

export default class Verify extends BaseCommand {
  static override summary = 'Prove that log and stores agree: nothing lost, nothing counted twice.';
  static override description =
    'It waits until everything is processed, then compares, row by row: what the log holds with the ' +
    'events, the statistics and scores with the events, Redis with Postgres, and the top of every ' +
    'leaderboard. Events may flow meanwhile. It exits with 99 and the differences, each with its ' +
    'probable cause, where they differ.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
    '<%= config.bin %> <%= command.id %> --repair',
  ];
  static override flags = {
    name: nameFlag,
    timeout: timeoutFlag,
    repair: Flags.boolean({
      summary: 'Rebuild what differs from the events, then compare again. The pipeline must run.',
      env: 'GAMEMETRICS_REPAIR',
      default: false,
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Verify);
    const timeoutMs = parseDuration(flags.timeout);
    const { endpoints } = findTarget(flags.name);
    const { stop } = handleInterrupts();
    const progress = new VerifyProgress(process.stderr);
    const { report, repaired } = await reading(
      endpoints,
      async (stores) => {
        const wait = async (): Promise<void> => waitDrained(stores, { timeoutMs, signal: stop });
        await wait();
        const first = await verify(stores, progress);
        if (first.ok || !flags.repair) return { report: first, repaired: undefined };
        const repaired = await repair(stores, (done) => progress.say(repairedText(done)));
        await wait();
        return { report: await verify(stores, progress), repaired };
      },
      stop,
    );
    const json = repaired === undefined ? report : { ...report, repaired };
    this.print(flags.json, json, () => [
      ...(repaired === undefined ? [] : [repairedText(repaired)]),
      verifyReportText(report, screenOf(process.stdout)),
    ]);
    if (!report.ok) this.exit(exitCodes.checkFailed);
  }
}
