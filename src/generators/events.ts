import { base, en, Faker, generateMersenne53Randomizer } from '@faker-js/faker';

import type { Submission } from '../pipeline/contract/event.js';
import { seededUuidV7 } from './uuid.js';

export interface EventStreamOptions {
  /** The same options give the same events. */
  readonly seed: number;
  /** Event time of the first event, in milliseconds since the epoch. */
  readonly startMs: number;
  /** Event time from one event to the next, in milliseconds; 0: all at the start. Default 0. */
  readonly stepMs?: number;
  /** Players, named `player-1` and on. Default 100. */
  readonly players?: number;
  /** Games, named `game-1` and on. Default 5. */
  readonly games?: number;
}

/** An event as it is sent: with the id that makes sending it again safe. */
export type GeneratedEvent = Submission & { event_id: string };

interface Player {
  readonly player_id: string;
  game_id: string;
  level: number;
  /** Event time at which the open session began, in milliseconds; undefined: none is open. */
  sessionMs: number | undefined;
}

/** What a player in a session does next, and how often. */
const actions = [
  { value: 'player_score', weight: 60 },
  { value: 'player_level_up', weight: 14 },
  { value: 'achievement_unlocked', weight: 10 },
  { value: 'item_purchase', weight: 8 },
  { value: 'session_end', weight: 8 },
] as const;

/**
 * An endless stream of plausible events: a player's first event starts a session, what follows
 * happens in it until it ends. Pure: it reads no clock and no global randomness.
 */
export function* createEventStream(options: EventStreamOptions): Generator<GeneratedEvent, never> {
  const { seed, startMs, stepMs = 0, players: playerCount = 100, games = 5 } = options;
  const faker = new Faker({ locale: [en, base], randomizer: generateMersenne53Randomizer(seed) });
  const players = Array.from({ length: playerCount }, (_, index): Player => {
    return { player_id: `player-${index + 1}`, game_id: '', level: 1, sessionMs: undefined };
  });
  for (let index = 0; ; index += 1) {
    const atMs = Math.floor(startMs + index * stepMs);
    const player = faker.helpers.arrayElement(players);
    const happened =
      player.sessionMs === undefined
        ? startSession(faker, player, games, atMs)
        : act(faker, player, player.sessionMs, atMs);
    yield {
      event_id: seededUuidV7(faker, atMs),
      event_type: happened.type,
      player_id: player.player_id,
      game_id: player.game_id,
      timestamp: new Date(atMs).toISOString(),
      data: happened.data,
    };
  }
}

interface Happened {
  readonly type: string;
  readonly data: Record<string, unknown>;
}

function startSession(faker: Faker, player: Player, games: number, atMs: number): Happened {
  player.sessionMs = atMs;
  player.game_id = `game-${faker.number.int({ min: 1, max: games })}`;
  const platform = faker.helpers.arrayElement(['ios', 'android', 'windows', 'switch']);
  const data = { platform, country: faker.location.countryCode(), version: '1.4.2' };
  return { type: 'session_start', data };
}

function act(faker: Faker, player: Player, sessionMs: number, atMs: number): Happened {
  const type = faker.helpers.weightedArrayElement(actions);
  switch (type) {
    case 'player_score': {
      const score = faker.number.int({ min: 1, max: 1_000 });
      return { type, data: { score, level: player.level } };
    }
    case 'player_level_up': {
      player.level += 1;
      const experience_gained = faker.number.int({ min: 100, max: 5_000 });
      return { type, data: { new_level: player.level, experience_gained } };
    }
    case 'achievement_unlocked': {
      const achievement = `${faker.word.adjective()}-${faker.word.noun()}`;
      return { type, data: { achievement, points: faker.helpers.arrayElement([5, 10, 25, 50]) } };
    }
    case 'item_purchase': {
      const price_cents = faker.number.int({ min: 99, max: 9_999 });
      return { type, data: { item: faker.commerce.productName(), price_cents, currency: 'USD' } };
    }
    case 'session_end': {
      player.sessionMs = undefined;
      return { type, data: { duration_seconds: Math.round((atMs - sessionMs) / 1_000) } };
    }
  }
}
