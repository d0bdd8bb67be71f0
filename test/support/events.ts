import type { Submission } from '../../src/index.js';

/** An event with defaults for all fields. */
export function event(fields: Partial<Submission> = {}): Submission {
  return {
    event_type: 'player_level_up',
    player_id: 'player-1',
    game_id: 'game-1',
    timestamp: '2026-01-05T12:00:00Z',
    data: {},
    ...fields,
  };
}

/** A score event. */
export function score(
  playerId: string,
  points: number,
  fields: Partial<Submission> = {},
): Submission {
  return event({
    event_type: 'player_score',
    player_id: playerId,
    timestamp: new Date().toISOString(),
    data: { score: points },
    ...fields,
  });
}
