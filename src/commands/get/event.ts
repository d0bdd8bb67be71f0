import { Args, Flags } from '@oclif/core';

import { followEvent } from '../../app/followEvent.js';
import { reading } from '../../app/reading.js';
import { findTarget } from '../../app/target.js';
import { getJourney, type Journey } from '../../pipeline/read/journey.js';
import { journeyText } from '../../ui/journey.js';
import { screenOf } from '../../ui/terminal/terminal.js';
import { parseDuration } from '../../util/duration.js';
import { Failure } from '../../util/failure.js';
import { BaseCommand } from '../support/base.js';
import { nameFlag, timeoutFlag } from '../support/flags.js';
import { requireUuid } from '../support/uuid.js';

export default class GetEvent extends BaseCommand {
  static override summary = 'Show an event and its progress through every stage.';
  static override description =
    'Shows where and when the event was stored, counted and ranked, which stages are pending, or ' +
    'why it is missing. With --follow, waits and prints each stage as it happens (with --json, ' +
    'one object per line). Exits with 99 if no store has the event, and with 17 if --follow ' +
    'times out.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> 0190f1c2-7b5e-7c33-9d6b-0d6f3b1c2a10',
    '<%= config.bin %> <%= command.id %> 0190f1c2-7b5e-7c33-9d6b-0d6f3b1c2a10 --follow',
  ];
  static override args = {
    id: Args.string({ ignoreStdin: true, description: 'The event_id.', required: true }),
  };
  static override flags = {
    name: nameFlag,
    follow: Flags.boolean({
      char: 'f',
      summary: 'Wait, and print each stage as it happens.',
      env: 'GAMEMETRICS_FOLLOW',
    }),
    timeout: timeoutFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(GetEvent);
    const id = requireUuid(args.id);
    const timeoutMs = parseDuration(flags.timeout);
    const { endpoints } = findTarget(flags.name);
    if (flags.follow) {
      const print = (line: string) => this.log('%s', line);
      await followEvent(endpoints, id, { timeoutMs, json: flags.json, print });
      return;
    }
    const journey = await reading(endpoints, (stores) => getJourney(stores, id));
    if (isUnknown(journey)) throw unknown(journey);
    this.print(flags.json, journey, () => [journeyText(journey, screenOf(process.stdout))]);
  }
}

function isUnknown({ events, deadLetters }: Journey): boolean {
  return events.length === 0 && deadLetters.length === 0;
}

function unknown({ event_id: id, unread }: Journey): Failure {
  const isPending = unread > 0;
  return new Failure(
    isPending
      ? `event ${id} is not stored yet: the logger still has ${unread} records to read`
      : `event ${id} is not stored, and the logger has read every record in Kafka`,
    {
      code: 'check_failed',
      cure: isPending
        ? `Wait for it: gamemetrics get event ${id} --follow`
        : 'It never reached Kafka: only events that ingest answered with 202 have.',
    },
  );
}
