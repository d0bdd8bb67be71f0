import { Flags } from '@oclif/core';

import { exitCodes } from '../../app/exits.js';
import { handleInterrupts } from '../../app/interrupts.js';
import { reading } from '../../app/reading.js';
import { findTarget } from '../../app/target.js';
import { parseInstant } from '../../generators/quantities.js';
import { latestEvents, listEvents, type EventFilter } from '../../pipeline/read/events.js';
import type { Stores } from '../../pipeline/runtime/stores.js';
import { eventLine } from '../../ui/eventLine.js';
import { eventsText } from '../../ui/events.js';
import { screenOf } from '../../ui/terminal/terminal.js';
import { parseDuration } from '../../util/duration.js';
import { BaseCommand } from '../support/base.js';
import { nameFlag } from '../support/flags.js';
import { readerGone } from '../support/readerGone.js';

export default class GetEvents extends BaseCommand {
  static override summary = 'List stored events, latest first, or follow new ones.';
  static override description =
    'With --follow, prints one line per event, oldest first, until Ctrl-C; with --follow --json, ' +
    'one object per line.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --player player-123',
    '<%= config.bin %> <%= command.id %> --type player_score --since 10m --limit 100',
    '<%= config.bin %> <%= command.id %> --game game-1 --follow',
  ];
  static override flags = {
    name: nameFlag,
    player: Flags.string({ summary: "Only this player's events.", env: 'GAMEMETRICS_PLAYER' }),
    game: Flags.string({ summary: "Only this game's events.", env: 'GAMEMETRICS_GAME' }),
    type: Flags.string({ summary: 'Only events of this event_type.', env: 'GAMEMETRICS_TYPE' }),
    since: Flags.string({
      summary: 'Only events stored since a time, or a duration ago such as 10m.',
      env: 'GAMEMETRICS_SINCE',
      helpValue: 'TIME',
    }),
    limit: Flags.integer({
      char: 'l',
      summary: 'Maximum number of events; with --follow, of those already stored.',
      env: 'GAMEMETRICS_LIMIT',
      helpValue: 'N',
      default: 20,
      min: 0,
      max: 10_000,
    }),
    follow: Flags.boolean({
      char: 'f',
      summary: 'Continue with events as they are stored.',
      env: 'GAMEMETRICS_FOLLOW',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(GetEvents);
    const { json, limit, follow, player, game, type } = flags;
    const filter = { player, game, type };
    const sinceMs = flags.since === undefined ? 0 : parseSince(flags.since, Date.now());
    const { endpoints } = findTarget(flags.name);
    if (follow) {
      const { stop } = handleInterrupts();
      const signal = AbortSignal.any([stop, readerGone()]);
      const options = { sinceMs, limit, signal, json };
      await reading(endpoints, (stores) => this.#follow(stores, filter, options), stop);
      if (stop.aborted) this.exit(exitCodes.interrupted);
      return;
    }
    const events = await reading(endpoints, ({ database }) =>
      listEvents(database, filter, sinceMs, limit),
    );
    const screen = screenOf(process.stdout);
    this.print(json, events, () =>
      events.length === 0 && screen.interactive
        ? ['no stored event matches']
        : [eventsText(events, screen)],
    );
  }

  async #follow(
    stores: Stores,
    filter: EventFilter,
    options: { sinceMs: number; limit: number; signal: AbortSignal; json: boolean },
  ): Promise<void> {
    for await (const event of latestEvents(stores, filter, options)) {
      const screen = screenOf(process.stdout);
      this.log('%s', options.json ? JSON.stringify(event) : eventLine(event, screen));
    }
  }
}

/** Parses a time, or a duration before now. @returns epoch milliseconds */
function parseSince(text: string, nowMs: number): number {
  return /^\d{4}-/.test(text) ? parseInstant(text) : nowMs - parseDuration(text);
}
