import type { Endpoints } from '../config/endpoints.js';
import type { Stage } from '../pipeline/read/journey.js';
import { followJourney } from '../pipeline/waiting/followJourney.js';
import { deadLetterStage, stageLine } from '../ui/journey.js';
import { screenOf } from '../ui/terminal/terminal.js';
import { handleInterrupts } from './interrupts.js';
import { reading } from './reading.js';

export interface FollowEventOptions {
  readonly timeoutMs: number;
  /** Whether to print one JSON object per line, instead of text. */
  readonly json: boolean;
  readonly print: (line: string) => void;
}

/**
 * Waits for an event, and prints each of its stages as it happens.
 * @throws Failure (timeout) that names the pending stages; the failures of {@link reading}
 */
export async function followEvent(
  endpoints: Endpoints,
  id: string,
  { timeoutMs, json, print }: FollowEventOptions,
): Promise<void> {
  const onStage = (player: string | undefined, stage: Stage) => {
    const line = { event_id: id, ...(player === undefined ? {} : { player_id: player }), ...stage };
    print(json ? JSON.stringify(line) : stageLine(stage, screenOf(process.stdout)));
  };
  const { stop: signal } = handleInterrupts();
  const follow = { timeoutMs, signal, onStage };
  const { deadLetters } = await reading(
    endpoints,
    (stores) => followJourney(stores, id, follow),
    signal,
  );
  for (const letter of deadLetters) onStage(undefined, deadLetterStage(letter));
}
