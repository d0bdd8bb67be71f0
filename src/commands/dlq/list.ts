import { Flags } from '@oclif/core';

import { reading } from '../../app/reading.js';
import { findTarget } from '../../app/target.js';
import { letterJson, listLetters } from '../../pipeline/deadLetters/stored.js';
import { lettersText } from '../../ui/deadLetters.js';
import { screenOf } from '../../ui/terminal/terminal.js';
import { BaseCommand } from '../support/base.js';
import { nameFlag } from '../support/flags.js';
import { letterFlags } from '../support/letterFlags.js';

export default class DlqList extends BaseCommand {
  static override summary = 'List dead letters, latest first.';
  static override description =
    'A dead letter is a record that a consumer could not process. The list shows the reason and ' +
    'the position of each in its topic.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --error contract --pending',
  ];
  static override flags = {
    name: nameFlag,
    ...letterFlags,
    pending: Flags.boolean({
      summary: 'Only dead letters that have not been replayed.',
      env: 'GAMEMETRICS_PENDING',
    }),
    limit: Flags.integer({
      char: 'l',
      summary: 'Maximum number of rows.',
      env: 'GAMEMETRICS_LIMIT',
      helpValue: 'N',
      default: 20,
      min: 1,
      max: 10_000,
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(DlqList);
    const { error, service, pending, limit, json } = flags;
    const { endpoints } = findTarget(flags.name);
    const letters = await reading(endpoints, ({ database }) =>
      listLetters(database, { error, service, pending }, limit),
    );
    const screen = screenOf(process.stdout);
    this.print(json, letters.map(letterJson), () =>
      letters.length === 0 && screen.interactive
        ? ['no dead letters']
        : [lettersText(letters, screen)],
    );
  }
}
