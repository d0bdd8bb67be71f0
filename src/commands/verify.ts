import { exitCodes } from '../config/failure.js';
import { waitDrained } from '../pipeline/drained.js';
import { verify } from '../pipeline/verify/verify.js';
import { screenOf } from '../ui/terminal.js';
import { verifyReportText } from '../ui/verifyReport.js';

import { BaseCommand } from './support/base.js';
import { nameFlag, parseDuration, timeoutFlag } from './support/flags.js';
import { handleInterrupts } from './support/interrupts.js';
import { reading } from './support/reading.js';
import { findTarget } from './support/target.js';

export default class Verify extends BaseCommand {
  static override summary = 'Prove that the stores agree: nothing lost, nothing counted twice.';
  static override description =
    'It waits until everything is processed, then compares, row by row: the statistics and scores ' +
    'with the events, Redis with Postgres, and the top of every leaderboard. It exits with 99 and ' +
    'the differences where they differ.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override flags = { name: nameFlag, timeout: timeoutFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(Verify);
    const timeoutMs = parseDuration(flags.timeout);
    const { endpoints } = findTarget(flags.name);
    const { stop } = handleInterrupts();
    const report = await reading(
      endpoints,
      async (stores) => {
        await waitDrained(stores, { timeoutMs, signal: stop });
        return verify(stores);
      },
      stop,
    );
    this.print(flags.json, report, () => [verifyReportText(report, screenOf(process.stdout))]);
    if (!report.ok) this.exit(exitCodes.checkFailed);
  }
}
