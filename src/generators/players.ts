import type { Faker } from '@faker-js/faker';

/** An open session of a player's. */
export interface Session {
  /** Event time, in milliseconds since the epoch. */
  readonly startMs: number;
}

/** Who plays: drawn once, the same in every session. */
export interface Player {
  readonly player_id: string;
  readonly nickname: string;
  readonly platform: string;
  readonly country: string;
  /** Multiplies the scores; 1 in the mean. */
  readonly skill: number;
  level: number;
  /** The game of the open session, or of the last one. */
  game_id: string;
  /** undefined: none is open. */
  session: Session | undefined;
}

const platforms = ['ios', 'android', 'windows', 'switch'] as const;

/** Draws a player. @param rank from 0; the player's name counts from 1 */
export function drawPlayer(faker: Faker, rank: number): Player {
  return {
    player_id: `player-${rank + 1}`,
    nickname: faker.internet.username(),
    platform: faker.helpers.arrayElement(platforms),
    country: faker.location.countryCode(),
    skill: faker.number.int({ min: 50, max: 150 }) / 100,
    level: faker.number.int({ min: 1, max: 10 }),
    game_id: '',
    session: undefined,
  };
}
