import { Failure } from '../../util/failure.js';
import { scoreEventType } from '../contract/event.js';
import { traceEvent, type EventTrace, type TracedEvent } from '../read/eventTrace.js';
import type { Stores } from '../runtime/stores.js';
import { pollUntil } from './pollUntil.js';

const pollMs = 50;

export interface ArrivalOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Waits until an event is stored, counted in the statistics and, if it is a score, in the leaderboards.
 * Redis is then up to date as well: a group writes to it before its transaction commits.
 * @param eventId a UUID
 * @returns its trace
 * @throws Failure (check_failed) if it became a dead letter, (timeout) that names the missing stages
 */
export async function waitArrived(
  { database }: Stores,
  eventId: string,
  { timeoutMs, signal }: ArrivalOptions,
): Promise<EventTrace> {
  return pollUntil(
    async () => traceEvent(database, eventId),
    (trace) => {
      if (missingStages(trace).length === 0) return true;
      // An older dead letter of the same id does not matter once the event has arrived.
      const [letter] = trace.deadLetters;
      if (letter === undefined) return false;
      throw new Failure(`event ${eventId} is a dead letter: ${letter.error_message}`, {
        code: 'dead_letter',
        facts: { eventId },
      });
    },
    {
      timeoutMs,
      pollMs,
      signal,
      late: (trace, why) => {
        const what = trace === undefined ? why : `missing ${missingStages(trace).join(', ')}`;
        return new Failure(
          `event ${eventId} has not arrived after ${timeoutMs / 1000} s: ${what}`,
          { code: 'not_arrived' },
        );
      },
    },
  );
}

function missingStages({ events }: EventTrace): string[] {
  return events.length === 0 ? ['events'] : [...new Set(events.flatMap(uncounted))];
}

function uncounted(event: TracedEvent): string[] {
  const isScore = event.event_type === scoreEventType;
  return [
    ...(event.in_statistics ? [] : ['statistics']),
    ...(isScore && !event.in_leaderboards ? ['leaderboards'] : []),
  ];
}
