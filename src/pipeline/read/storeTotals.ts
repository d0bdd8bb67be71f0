import { loadSql } from '../../stores/postgres/sql.js';
import type { ScoreRow } from '../consumers/leaderboard/boards.js';
import { boardKey, playerStatsKey } from '../contract/redisKeys.js';
import { topicName } from '../contract/topics.js';
import { keptUntilMs, windowStarting, type Period } from '../contract/windows.js';
import type { Stores } from '../runtime/stores.js';

const selectTotalsOf = loadSql('select_totals_of');
const selectScoresOf = loadSql('select_scores_of');
const countDeadLetters = loadSql('count_dead_letters');

/** Selects players and games. */
export interface StoreTotalsQuery {
  readonly players: readonly string[];
  readonly games: readonly string[];
  /** The first UTC day of the earliest dated boards to read, `YYYY-MM-DD`. */
  readonly fromDay: string;
}

/** The totals of some players and games at one moment. */
export interface StoreTotals {
  /** The time of the read, by PostgreSQL's clock. */
  readonly at: Date;
  /** Records ever written to player.events.raw: the sum of its log ends. */
  readonly records: number;
  readonly deadLetters: number;
  /** Events by player. */
  readonly totals: ReadonlyMap<string, number>;
  /** Scores by {@link scoreKey}. */
  readonly scores: ReadonlyMap<string, number>;
}

/** A player's place on a board. */
export interface ScorePlace {
  readonly gameId: string;
  readonly period: Period;
  /** First UTC day of the window, `YYYY-MM-DD`. */
  readonly start: string;
  readonly playerId: string;
}

/** Encodes a place as a map key: the names of games and players cannot contain a tab. */
export function scoreKey({ gameId, period, start, playerId }: ScorePlace): string {
  return [gameId, period, start, playerId].join('\t');
}

/** The inverse of {@link scoreKey}. */
export function scorePlace(key: string): ScorePlace {
  const [gameId = '', period = '', start = '', playerId = ''] = key.split('\t');
  return { gameId, period: period as Period, start, playerId };
}

/** Reads the totals of players and games from Kafka and PostgreSQL. @throws StoreUnavailable */
export async function readStoreTotals(
  stores: Stores,
  query: StoreTotalsQuery,
): Promise<StoreTotals> {
  const { admin, database, namespace } = stores;
  const [ranges, [clock], [dead], totals, scores] = await Promise.all([
    admin.logRanges(topicName(namespace, 'raw')),
    database.query<{ now: Date }>('SELECT now()'),
    database.query<{ letters: number }>(countDeadLetters),
    database.query<{ player_id: string; total_events: number }>(selectTotalsOf, [query.players]),
    database.query<ScoreRow>(selectScoresOf, [query.games, query.fromDay]),
  ]);
  return {
    at: clock?.now ?? new Date(NaN),
    records: ranges.reduce((sum, { end }) => sum + end, 0),
    deadLetters: dead?.letters ?? 0,
    totals: new Map(totals.map((row) => [row.player_id, row.total_events])),
    scores: new Map(
      scores.map(({ game_id: gameId, period, window_start: start, player_id: playerId, score }) => [
        scoreKey({ gameId, period, start, playerId }),
        score,
      ]),
    ),
  };
}

/** Reads `total_events` of players from Redis, in the given order; undefined if Redis lacks one. */
export async function readRedisTotals(
  { redis, namespace }: Stores,
  players: readonly string[],
): Promise<(number | undefined)[]> {
  const keys = players.map((player) => playerStatsKey(namespace, player));
  const totals = await redis.hashes.readField(keys, 'total_events');
  return totals.map((total) => (total === undefined ? undefined : Number(total)));
}

/** Reads the scores of places from Redis, in the given order; undefined if Redis lacks one. */
export async function readRedisScores(
  { redis, namespace }: Stores,
  places: readonly ScorePlace[],
): Promise<(number | undefined)[]> {
  return redis.sortedSets.scores(
    places.map(({ gameId, period, start, playerId }) => {
      return { key: boardKey(namespace, gameId, windowStarting(period, start)), member: playerId };
    }),
  );
}

/** Whether Redis still keeps the board. */
export function isKept({ now }: Stores, { period, start }: ScorePlace): boolean {
  return keptUntilMs(windowStarting(period, start)) > now();
}
