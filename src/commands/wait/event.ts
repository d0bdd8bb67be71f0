import { Args } from '@oclif/core';

import { handleInterrupts } from '../../app/interrupts.js';
import { reading } from '../../app/reading.js';
import { findTarget } from '../../app/target.js';
import { getJourney } from '../../pipeline/read/journey.js';
import { waitArrived } from '../../pipeline/waiting/arrived.js';
import { journeyText } from '../../ui/journey.js';
import { screenOf } from '../../ui/terminal/terminal.js';
import { parseDuration } from '../../util/duration.js';
import { BaseCommand } from '../support/base.js';
import { nameFlag, timeoutFlag } from '../support/flags.js';
import { requireUuid } from '../support/uuid.js';

export default class WaitEvent extends BaseCommand {
  static override summary = 'Wait until every stage has processed an event.';
  static override description =
    'Exits with 17 if the event does not arrive in time, and with 99 if it is a dead letter.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> 0190f1c2-7b5e-7c33-9d6b-0d6f3b1c2a10 --timeout 10s',
  ];
  static override args = {
    id: Args.string({ ignoreStdin: true, description: 'The event_id.', required: true }),
  };
  static override flags = { name: nameFlag, timeout: timeoutFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(WaitEvent);
    const id = requireUuid(args.id);
    const timeoutMs = parseDuration(flags.timeout);
    const { endpoints } = findTarget(flags.name);
    const { stop } = handleInterrupts();
    const journey = await reading(
      endpoints,
      async (stores) => {
        await waitArrived(stores, id, { timeoutMs, signal: stop });
        return getJourney(stores, id);
      },
      stop,
    );
    this.print(flags.json, journey, () => [journeyText(journey, screenOf(process.stdout))]);
  }
}
