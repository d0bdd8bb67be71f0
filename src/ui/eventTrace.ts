import { scoreEventType } from '../pipeline/contract/event.js';
import type { EventDeadLetter, EventTrace, TracedEvent } from '../pipeline/queries/eventTrace.js';

import { renderFacts, type Cell } from './table.js';
import type { Screen } from './terminal.js';

/** An event and its way through every stage, as text: a block for each player and dead letter. */
export function eventTraceText({ events, deadLetters }: EventTrace, screen: Screen): string {
  const blocks = [...events.map(eventFacts), ...deadLetters.map(deadLetterFacts)];
  return blocks.map((facts) => renderFacts(facts, screen)).join('\n\n');
}

type Facts = readonly (readonly [string, Cell])[];

function eventFacts(event: TracedEvent): Facts {
  return [
    ['event', event.event_id],
    ['type', event.event_type],
    ['player', event.player_id],
    ['game', event.game_id],
    ['happened', event.event_timestamp.toISOString()],
    ['data', JSON.stringify(event.data)],
    ['ingest', event.ingested_at.toISOString()],
    ['kafka', `partition ${event.kafka_partition}, offset ${event.kafka_offset}`],
    ['logger', event.created_at.toISOString()],
    ['statistics', counted(event.in_statistics)],
    [
      'leaderboard',
      event.event_type === scoreEventType ? counted(event.in_leaderboards) : 'has no score',
    ],
  ];
}

function counted(is: boolean): string {
  return is ? 'counted' : 'not counted yet';
}

function deadLetterFacts(letter: EventDeadLetter): Facts {
  return [
    ['dead letter', letter.failed_at.toISOString()],
    ['of', letter.consumer_service],
    ['error', letter.error_code],
    ['because', letter.error_message],
  ];
}
