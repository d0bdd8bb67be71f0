import type { Faker } from '@faker-js/faker';

import type { Player, Session } from './players.js';

/** The actions of players in a session, with their default weights. */
export const defaultMix = {
  player_score: 60,
  player_level_up: 14,
  achievement_unlocked: 10,
  item_purchase: 8,
  session_end: 8,
} as const;

export type Action = keyof typeof defaultMix;

/** Relative weights; an action that is left out does not occur. */
export type Mix = Readonly<Partial<Record<Action, number>>>;

type Data = Record<string, unknown>;

/** The data of the event that starts a session. */
export function startData(player: Player): Data {
  const { nickname, platform, country } = player;
  return { nickname, platform, country, version: '1.4.2' };
}

/** Performs an action of a player. @returns the data of its event */
export const act: Readonly<
  Record<Action, (faker: Faker, player: Player, session: Session, atMs: number) => Data>
> = {
  player_score: (faker, player) => {
    const { level, skill } = player;
    // The sum of three draws approximates a normal distribution; a combo triples the points.
    const luck = (uniform(faker) + uniform(faker) + uniform(faker)) / 1.5;
    const combo = uniform(faker) < 0.05;
    const points = (100 + 20 * level) * skill * luck * (combo ? 3 : 1);
    return { score: 10 * Math.max(1, Math.round(points / 10)), level, combo };
  },
  player_level_up: (faker, player) => {
    player.level += 1;
    const experience_gained = 10 * faker.number.int({ min: 10, max: 50 * player.level });
    return { new_level: player.level, experience_gained };
  },
  achievement_unlocked: (faker) => {
    const achievement = `${faker.word.adjective()}-${faker.word.noun()}`;
    return { achievement, points: faker.helpers.arrayElement([5, 10, 25, 50]) };
  },
  item_purchase: (faker) => {
    const price_cents = faker.helpers.arrayElement([99, 199, 499, 999, 1_999, 4_999]);
    return { item: faker.commerce.productName(), price_cents, currency: 'USD' };
  },
  session_end: (_faker, _player, session, atMs) => {
    return { duration_seconds: Math.round((atMs - session.startMs) / 1_000) };
  },
};

function uniform(faker: Faker): number {
  return faker.number.float({ min: 0, max: 1 });
}
