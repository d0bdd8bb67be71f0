import { base, en, Faker } from '@faker-js/faker';

import type { Submission } from '../pipeline/contract/event.js';
import { act, defaultMix, startData, type Action, type Mix } from './actions.js';
import { drawPlayer, type Player } from './players.js';
import { seededRandom } from './random.js';
import { seededUuidV7 } from './uuid.js';
import { zipfRanks } from './zipf.js';

/** The population of players. The same options generate the same events at the same times. */
export interface PopulationOptions {
  readonly seed: number;
  /** Number of players, named from `player-1` (the most active) on. Default 100. */
  readonly players?: number;
  /** Number of games, named from `game-1` (the most played) on. Default 5. */
  readonly games?: number;
  /** Zipf exponent of players and games; 0 means a uniform distribution. Default 1. */
  readonly skew?: number;
  /** Weights of the actions in a session. */
  readonly mix?: Mix;
}

export const populationDefaults = { players: 100, games: 5, skew: 1, mix: defaultMix } as const;

/** An event as it is sent, with the id that makes a retry safe. */
export type GeneratedEvent = Submission & { event_id: string };

/**
 * Creates a generator of a population's events. A player's first event starts a session, and the
 * following events belong to it until it ends. Its only state is that of the players: it reads no
 * clock and no global randomness.
 * @returns a function from the event time (milliseconds since the epoch) to the next event
 */
export function createPopulation(options: PopulationOptions): (atMs: number) => GeneratedEvent {
  const { seed, players: size, games, skew, mix } = { ...populationDefaults, ...options };
  const randomizer = seededRandom(seed, 'players');
  const faker = new Faker({ locale: [en, base], randomizer });
  const playerRank = zipfRanks(size, skew);
  const gameRank = zipfRanks(games, skew);
  const actions = (Object.entries(mix) as [Action, number][])
    .filter(([, weight]) => weight > 0)
    .map(([value, weight]) => ({ value, weight }));
  const players: (Player | undefined)[] = [];

  const nextAction = (
    player: Player,
    atMs: number,
  ): { type: string; data: GeneratedEvent['data'] } => {
    const { session } = player;
    if (session === undefined) {
      player.session = { startMs: atMs };
      player.game_id = `game-${gameRank(randomizer.next()) + 1}`;
      return { type: 'session_start', data: startData(player) };
    }
    const type = faker.helpers.weightedArrayElement(actions);
    const data = act[type](faker, player, session, atMs);
    if (type === 'session_end') player.session = undefined;
    return { type, data };
  };

  return (eventMs) => {
    const atMs = Math.floor(eventMs);
    const rank = playerRank(randomizer.next());
    const player = (players[rank] ??= drawPlayer(faker, rank));
    const { type, data } = nextAction(player, atMs);
    return {
      event_id: seededUuidV7(faker, atMs),
      event_type: type,
      player_id: player.player_id,
      game_id: player.game_id,
      timestamp: new Date(atMs).toISOString(),
      data,
    };
  };
}

export interface EventStreamOptions extends PopulationOptions {
  /** Event time of the first event, in milliseconds since the epoch. */
  readonly startMs: number;
  /** Event time between two events, in milliseconds; 0: all at the start. Default 0. */
  readonly stepMs?: number;
}

/** An endless stream of plausible events at equal intervals. */
export function* createEventStream(options: EventStreamOptions): Generator<GeneratedEvent, never> {
  const { startMs, stepMs = 0 } = options;
  const next = createPopulation(options);
  for (let index = 0; ; index += 1) yield next(startMs + index * stepMs);
}
