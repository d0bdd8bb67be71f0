import { Args } from '@oclif/core';

import { reading } from '../../app/reading.js';
import { findTarget } from '../../app/target.js';
import { letterJson, lettersById } from '../../pipeline/deadLetters/stored.js';
import { letterText } from '../../ui/deadLetters.js';
import { screenOf } from '../../ui/terminal/terminal.js';
import { BaseCommand } from '../support/base.js';
import { nameFlag } from '../support/flags.js';
import { requireFound, requireLetterId } from '../support/letterFlags.js';

export default class DlqShow extends BaseCommand {
  static override summary = 'Show a dead letter with its original record.';
  static override description =
    'Exits with 99 if there is no dead letter with this id. To send a corrected event: take ' +
    'original_event from --json, fix it, remove ingested_at, and pass it to "gamemetrics send -".';
  static override examples = [
    '<%= config.bin %> <%= command.id %> 7',
    '<%= config.bin %> <%= command.id %> 7 --json',
  ];
  static override args = {
    id: Args.string({ ignoreStdin: true, description: 'Id of the dead letter.', required: true }),
  };
  static override flags = { name: nameFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DlqShow);
    const id = requireLetterId(args.id);
    const { endpoints } = findTarget(flags.name);
    const letters = await reading(endpoints, ({ database }) => lettersById(database, [id]));
    requireFound([id], letters);
    const screen = screenOf(process.stdout);
    for (const letter of letters) {
      this.print(flags.json, letterJson(letter), () => [letterText(letter, screen)]);
    }
  }
}
