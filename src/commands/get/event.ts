import { Args } from '@oclif/core';

import { Failure } from '../../config/failure.js';
import { traceEvent } from '../../pipeline/queries/eventTrace.js';
import { eventTraceText } from '../../ui/eventTrace.js';
import { screenOf } from '../../ui/terminal.js';
import { BaseCommand } from '../support/base.js';
import { nameFlag } from '../support/flags.js';
import { reading } from '../support/reading.js';
import { findTarget } from '../support/target.js';
import { requireUuid } from '../support/uuid.js';

export default class GetEvent extends BaseCommand {
  static override summary = 'Show an event and its way through every stage.';
  static override description = 'It exits with 99 where no store knows the event.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> 0190f1c2-7b5e-7c33-9d6b-0d6f3b1c2a10',
  ];
  static override args = {
    id: Args.string({ description: 'The event_id.', required: true }),
  };
  static override flags = { name: nameFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(GetEvent);
    const id = requireUuid(args.id);
    const { endpoints } = findTarget(flags.name);
    const trace = await reading(endpoints, ({ database }) => traceEvent(database, id));
    if (trace.events.length === 0 && trace.deadLetters.length === 0) {
      throw new Failure(`no event ${id} is stored`, {
        exit: 'checkFailed',
        cure: `Where it was just sent, wait for it: gamemetrics wait event ${id}`,
      });
    }
    this.print(flags.json, trace, () => [eventTraceText(trace, screenOf(process.stdout))]);
  }
}
