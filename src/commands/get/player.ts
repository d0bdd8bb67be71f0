import { Args } from '@oclif/core';

import { reading } from '../../app/reading.js';
import { findTarget } from '../../app/target.js';
import { getPlayerStatistics } from '../../pipeline/read/player.js';
import { playerText } from '../../ui/player.js';
import { screenOf } from '../../ui/terminal/terminal.js';
import { printable } from '../../ui/terminal/text.js';
import { Failure } from '../../util/failure.js';
import { BaseCommand } from '../support/base.js';
import { nameFlag } from '../support/flags.js';

export default class GetPlayer extends BaseCommand {
  static override summary = "Show a player's statistics and last session.";
  static override description = 'Exits with 99 if no event of the player has been counted.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> player-123',
    '<%= config.bin %> <%= command.id %> player-123 --json',
  ];
  static override args = {
    player: Args.string({ ignoreStdin: true, description: 'The player_id.', required: true }),
  };
  static override flags = { name: nameFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(GetPlayer);
    const { endpoints } = findTarget(flags.name);
    const player = await reading(endpoints, ({ database }) =>
      getPlayerStatistics(database, args.player),
    );
    if (player === undefined) {
      throw new Failure(`no event of player "${printable(args.player)}" has been counted`, {
        code: 'check_failed',
        cure: 'If you have just sent one, wait for it: gamemetrics wait drained',
      });
    }
    this.print(flags.json, player, () => [playerText(player, screenOf(process.stdout))]);
  }
}
