import { scoreEventType } from '../pipeline/contract/event.js';
import type { GeneratedEvent } from './events.js';

/** The defects of deliberately invalid events. */
export const invalidReasons = [
  'not_json',
  'missing_field',
  'unknown_field',
  'wrong_type',
  'bad_score',
  'future',
] as const;

export type InvalidReason = (typeof invalidReasons)[number];

/** Shares of the events, from 0 to 1, that are deliberate trouble. */
export interface Trouble {
  /** Sent again, byte for byte. */
  readonly duplicates: number;
  /** Invalid, each for one of the {@link invalidReasons}. */
  readonly invalid: number;
  /** Sent with an event time in the past. */
  readonly late: number;
  /** The maximum delay of a late event, in milliseconds. */
  readonly lateByMs: number;
}

export const noTrouble: Trouble = { duplicates: 0, invalid: 0, late: 0, lateByMs: 3_600_000 };

/** The body of an event that ingest must reject. */
export function invalidated(event: GeneratedEvent, reason: InvalidReason): string {
  switch (reason) {
    case 'not_json':
      return JSON.stringify(event).slice(0, -1);
    case 'missing_field':
      return JSON.stringify({ ...event, player_id: undefined });
    case 'unknown_field':
      return JSON.stringify({ ...event, colour: 'blue' });
    case 'wrong_type':
      return JSON.stringify({ ...event, event_type: 'Player Score!' });
    case 'bad_score':
      return JSON.stringify({ ...event, event_type: scoreEventType, data: { score: 1.5 } });
    case 'future':
      return JSON.stringify({ ...event, timestamp: '9999-12-31T23:59:59.000Z' });
  }
}

/** The event with an event time that is `byMs` earlier. */
export function backdated(event: GeneratedEvent, byMs: number): GeneratedEvent {
  const atMs = Math.max(0, Date.parse(event.timestamp) - byMs);
  return { ...event, timestamp: new Date(atMs).toISOString() };
}
