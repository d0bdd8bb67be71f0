import { handleInterrupts } from '../../app/interrupts.js';
import { reading } from '../../app/reading.js';
import { findTarget } from '../../app/target.js';
import { waitDrained } from '../../pipeline/waiting/drained.js';
import { parseDuration } from '../../util/duration.js';
import { BaseCommand } from '../support/base.js';
import { nameFlag, timeoutFlag } from '../support/flags.js';

export default class WaitDrained extends BaseCommand {
  static override summary = 'Wait until every consumer has processed everything in Kafka.';
  static override description =
    'Drained means that the offsets stored with the effects have reached the log ends, and that ' +
    'the top of every leaderboard is written. Exits with 17 if that does not happen in time.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --timeout 5m',
  ];
  static override flags = { name: nameFlag, timeout: timeoutFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(WaitDrained);
    const timeoutMs = parseDuration(flags.timeout);
    const { endpoints } = findTarget(flags.name);
    const { stop } = handleInterrupts();
    const begin = performance.now();
    await reading(endpoints, (stores) => waitDrained(stores, { timeoutMs, signal: stop }), stop);
    const seconds = (performance.now() - begin) / 1000;
    this.print(flags.json, { drained: true, seconds }, () => [
      `drained after ${seconds.toFixed(1)} s`,
    ]);
  }
}
