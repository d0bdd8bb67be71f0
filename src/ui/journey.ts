import type { EventDeadLetter } from '../pipeline/read/eventTrace.js';
import type { EventJourney, Journey, Stage } from '../pipeline/read/journey.js';
import { renderFacts } from './terminal/table.js';
import type { Screen } from './terminal/terminal.js';
import { fitText, printable } from './terminal/text.js';

const marks = { done: '✓', pending: '…', failed: '✖', none: '-' } as const;
const widths = { name: 15, time: 14 } as const;

/** An event and its progress through every stage: one block per player and per dead letter. */
export function journeyText({ events, deadLetters }: Journey, screen: Screen): string {
  return [
    ...events.map((event) => eventBlock(event, screen)),
    ...deadLetters.map((letter) => stageLine(deadLetterStage(letter), screen)),
  ].join('\n\n');
}

function eventBlock(event: EventJourney, screen: Screen): string {
  const facts = renderFacts(
    [
      ['event', event.event_id],
      ['type', event.event_type],
      ['player', event.player_id],
      ['game', event.game_id],
      ['happened', event.event_timestamp.toISOString()],
      ['data', JSON.stringify(event.data)],
    ],
    screen,
  );
  return [facts, ...event.stages.map((stage) => stageLine(stage, screen))].join('\n');
}

/**
 * A stage as one line: tab-separated for a pipe (state, stage, time, place, detail); for a terminal,
 * a detail that does not fit continues on a second line.
 */
export function stageLine({ state, name, at, place, detail }: Stage, screen: Screen): string {
  if (!screen.interactive) return [state, name, at ?? '', place, detail].map(printable).join('\t');
  const time = at === undefined ? '' : at.slice(11, 23);
  const head = `${marks[state]} ${fitText(name, widths.name)}${fitText(time, widths.time)}`;
  const [where, what] = [printable(place), printable(detail)];
  const line = `${head}${where}: ${what}`;
  return line.length <= screen.columns
    ? line
    : `${head}${where}\n${' '.repeat(head.length)}${what}`;
}

/** A dead letter as the last stage of a journey. */
export function deadLetterStage(letter: EventDeadLetter): Stage {
  return {
    name: 'dead letter',
    state: 'failed',
    at: letter.failed_at.toISOString(),
    place: `Postgres dlq_events, by ${letter.consumer_service}`,
    detail: `${letter.error_code}: ${letter.error_message}`,
  };
}
