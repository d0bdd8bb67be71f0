import { Failure } from '../../util/failure.js';
import { getJourney, type Journey, type Stage } from '../read/journey.js';
import type { Stores } from '../runtime/stores.js';
import { pollUntil } from './pollUntil.js';

const pollMs = 50;

export interface FollowOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Called once for each stage when it is no longer pending. */
  readonly onStage: (playerId: string, stage: Stage) => void;
}

/**
 * Follows an event until no stage is pending, or it has become a dead letter.
 * @param eventId a UUID
 * @returns its journey at that moment
 * @throws Failure (timeout) that names the pending stages
 */
export async function followJourney(
  stores: Stores,
  eventId: string,
  { timeoutMs, signal, onStage }: FollowOptions,
): Promise<Journey> {
  const reported = new Set<string>();
  return pollUntil(
    async () => getJourney(stores, eventId),
    (journey) => {
      for (const { player_id: player, stages } of journey.events) {
        for (const stage of stages) {
          const key = `${player}\n${stage.name}\n${stage.place}`;
          if (stage.state === 'pending' || reported.has(key)) continue;
          onStage(player, stage);
          reported.add(key);
        }
      }
      return missing(journey).length === 0;
    },
    {
      timeoutMs,
      pollMs,
      signal,
      late: (journey, why) => {
        const pending = journey && `event ${eventId} has not passed ${missing(journey).join(', ')}`;
        return new Failure(
          `${pending ?? `event ${eventId} was not found: ${why}`} after ${timeoutMs / 1000} s`,
          { code: 'not_arrived' },
        );
      },
    },
  );
}

function missing({ events, deadLetters }: Journey): string[] {
  const isKnown = events.length > 0 || deadLetters.length > 0;
  if (!isKnown) return ['any stage'];
  const pending = events.flatMap(({ stages }) =>
    stages.filter(({ state }) => state === 'pending').map(({ name }) => name),
  );
  return [...new Set(pending)];
}
