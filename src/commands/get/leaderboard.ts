import { Args, Flags } from '@oclif/core';

import { reading } from '../../app/reading.js';
import { findTarget } from '../../app/target.js';
import { periods } from '../../pipeline/contract/windows.js';
import { getLeaderboard } from '../../pipeline/read/leaderboard.js';
import { leaderboardText, leaderboardTitle } from '../../ui/leaderboard.js';
import { screenOf } from '../../ui/terminal/terminal.js';
import { Failure } from '../../util/failure.js';
import { BaseCommand } from '../support/base.js';
import { nameFlag } from '../support/flags.js';

export default class GetLeaderboard extends BaseCommand {
  static override summary = "Show a game's leaderboard.";
  static override description =
    'Days and weeks are in UTC, by event time. Players with equal scores share a rank.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> game-1',
    '<%= config.bin %> <%= command.id %> game-1 --period weekly --at 2026-11-23',
    '<%= config.bin %> <%= command.id %> game-1 --period alltime --around player-123 --limit 5',
  ];
  static override args = {
    game: Args.string({ ignoreStdin: true, description: 'The game_id.', required: true }),
  };
  static override flags = {
    name: nameFlag,
    period: Flags.option({
      options: periods,
      summary: 'Period of the leaderboard.',
      env: 'GAMEMETRICS_PERIOD',
      default: 'daily' as const,
    })(),
    at: Flags.string({
      summary: 'A day or an RFC 3339 time in the window (now by default).',
      env: 'GAMEMETRICS_AT',
      helpValue: 'TIME',
    }),
    limit: Flags.integer({
      summary: 'Maximum number of rows.',
      env: 'GAMEMETRICS_LIMIT',
      helpValue: 'N',
      default: 10,
      min: 1,
      max: 1000,
    }),
    around: Flags.string({
      summary: 'Show the rows around this player instead of the top.',
      env: 'GAMEMETRICS_AROUND',
      helpValue: 'PLAYER',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(GetLeaderboard);
    const { period, limit, around } = flags;
    const atMs = flags.at === undefined ? Date.now() : parseInstant(flags.at);
    const query = { gameId: args.game, period, atMs, limit };
    const { endpoints } = findTarget(flags.name);
    const board = await reading(endpoints, (stores) =>
      getLeaderboard(stores, around === undefined ? query : { ...query, around }),
    );
    const screen = screenOf(process.stdout);
    this.print(flags.json, board, () => {
      if (!screen.interactive) return [leaderboardText(board, screen)];
      const title = leaderboardTitle(board);
      return board.rows.length === 0 ? [title] : [title, leaderboardText(board, screen)];
    });
  }
}

/** @returns epoch milliseconds */
function parseInstant(text: string): number {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const isTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  const ms = isDay || isTime ? Date.parse(text) : NaN;
  if (ms >= 0) return ms;
  throw new Failure(`--at: "${text}" is not a time`, {
    code: 'invalid_argument',
    cure: 'Use a UTC day such as 2026-11-23, or a time such as 2026-11-23T12:00:00Z.',
  });
}
