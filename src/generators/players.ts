import type { Faker } from '@faker-js/faker';

/** The open session of a player. */
export interface Session {
  /** Event time, in milliseconds since the epoch. */
  readonly startMs: number;
}

/** A player. The attributes are drawn once and are the same in every session. */
export interface Player {
  readonly player_id: string;
  readonly nickname: string;
  readonly platform: string;
  readonly country: string;
  /** Factor of the scores; 1 on average. */
  readonly skill: number;
  level: number;
  /** The game of the open session, or of the last one. */
  game_id: string;
  /** undefined if no session is open. */
  session: Session | undefined;
}

const platforms = ['ios', 'android', 'windows', 'switch'] as const;

/** Draws a player. @param rank from 0; the player id counts from 1 */
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
