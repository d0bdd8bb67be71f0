import { setTimeout as sleep } from 'node:timers/promises';

import { Failure } from '../../config/failure.js';
import { getJourney, type Journey, type Stage } from '../queries/journey.js';
import type { Stores } from '../stores.js';

const pollMs = 50;

export interface FollowOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Told each stage once it is no longer pending. */
  readonly onStage: (playerId: string, stage: Stage) => void;
}

/**
 * Follows an event until no stage is pending, or it has become a dead letter.
 * @throws Failure (timeout) that says what is pending
 */
export async function followJourney(
  stores: Stores,
  eventId: string,
  { timeoutMs, signal, onStage }: FollowOptions,
): Promise<Journey> {
  const deadline = performance.now() + timeoutMs;
  const told = new Set<string>();
  for (;;) {
    const journey = await getJourney(stores, eventId);
    const pending = new Set<string>();
    for (const { player_id: player, stages } of journey.events) {
      for (const stage of stages) {
        const key = `${player}\n${stage.name}\n${stage.place}`;
        if (stage.state === 'pending') pending.add(stage.name);
        else if (!told.has(key)) onStage(player, stage);
        if (stage.state !== 'pending') told.add(key);
      }
    }
    const isKnown = journey.events.length > 0 || journey.deadLetters.length > 0;
    if (isKnown && pending.size === 0) return journey;
    if (performance.now() > deadline) {
      const what = isKnown ? [...pending].join(', ') : 'the logger, and with that everything';
      throw new Failure(`event ${eventId} still misses ${what} after ${timeoutMs / 1000} s`, {
        exit: 'timeout',
        cure: 'See which group lags with "gamemetrics tail --view lag", and why with "gamemetrics logs".',
      });
    }
    await sleep(pollMs, undefined, { signal });
  }
}
