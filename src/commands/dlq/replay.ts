import { Args, Flags } from '@oclif/core';

import { exitCodes } from '../../app/exits.js';
import { handleInterrupts } from '../../app/interrupts.js';
import { reading } from '../../app/reading.js';
import { findTarget } from '../../app/target.js';
import { withProducer } from '../../app/withProducer.js';
import { replayLetters, type ReplayResult } from '../../pipeline/deadLetters/replay.js';
import { lettersById, listLetters } from '../../pipeline/deadLetters/stored.js';
import { replayText } from '../../ui/deadLetters.js';
import { screenOf } from '../../ui/terminal/terminal.js';
import { parseDuration } from '../../util/duration.js';
import { Failure } from '../../util/failure.js';
import { BaseCommand } from '../support/base.js';
import { nameFlag, timeoutFlag } from '../support/flags.js';
import { letterFlags, requireFound, requireLetterId } from '../support/letterFlags.js';

/** Dead letters per run; the next run takes the rest. */
const mostLetters = 10_000;

export default class DlqReplay extends BaseCommand {
  static override summary = 'Send dead letters through the pipeline again.';
  static override description =
    'Writes each dead letter to player.events.raw again, unchanged. An event that has already ' +
    'been counted is dropped as a duplicate, so that it counts once. Then waits until every ' +
    'consumer has reached these records, and prints the outcome of each: one that fails again ' +
    'becomes a new dead letter. --error, --service and --all select only dead letters that have ' +
    'not been replayed.\n\nExit codes: 0 all were processed, 17 timeout, 99 some failed again or ' +
    'cannot be replayed.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> 7',
    '<%= config.bin %> <%= command.id %> --error sqlstate_23514',
    '<%= config.bin %> <%= command.id %> --all',
  ];
  static override strict = false;
  static override args = {
    id: Args.string({
      ignoreStdin: true,
      description: 'Ids of dead letters, as shown by "dlq list".',
    }),
  };
  static override flags = {
    name: nameFlag,
    ...letterFlags,
    all: Flags.boolean({
      summary: 'All dead letters that have not been replayed.',
      env: 'GAMEMETRICS_ALL',
    }),
    timeout: timeoutFlag,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(DlqReplay);
    const ids = [...new Set((argv as string[]).map(requireLetterId))];
    const { all, error, service, json } = flags;
    const byFilter = all || error !== undefined || service !== undefined;
    if (byFilter === ids.length > 0) {
      throw new Failure('select dead letters either by id or by filter', {
        code: 'invalid_argument',
        cure: 'Give ids, or --error, --service or --all, but not both.',
      });
    }
    const timeoutMs = parseDuration(flags.timeout);
    const { endpoints } = findTarget(flags.name);
    const { stop } = handleInterrupts();
    const results = await reading(
      endpoints,
      async (stores) => {
        const { database } = stores;
        const filter = { error, service, pending: true };
        const letters = byFilter
          ? (await listLetters(database, filter, mostLetters)).reverse()
          : await lettersById(database, ids);
        requireFound(ids, letters);
        const options = { timeoutMs, signal: stop };
        return withProducer(endpoints, async (producer) =>
          replayLetters(stores, producer, letters, options),
        );
      },
      stop,
    );
    const screen = screenOf(process.stdout);
    this.print(json, results, () =>
      results.length === 0 ? ['no dead letters to replay'] : [replayText(results, screen)],
    );
    this.exit(exitOf(results));
  }
}

function exitOf(results: readonly ReplayResult[]): number {
  const outcomes = results.map(({ outcome }) => outcome);
  if (outcomes.includes('failed again') || outcomes.includes('not replayable')) {
    return exitCodes.checkFailed;
  }
  return outcomes.includes('pending') ? exitCodes.timeout : exitCodes.ok;
}
