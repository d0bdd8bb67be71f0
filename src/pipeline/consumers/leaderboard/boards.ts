import { scoreEventType, type PlayerEvent } from '../../contract/event.js';
import { boardKey, currentBoardKey } from '../../contract/redisKeys.js';
import {
  dayMs,
  keptUntilMs,
  periods,
  windowAt,
  windowStarting,
  type Period,
} from '../../contract/windows.js';
import type { SetWrite } from '../../projection/writes.js';

/** A board: a game's ranking in one window. */
export interface Board {
  readonly gameId: string;
  readonly period: Period;
  /** First UTC day of the window, `YYYY-MM-DD`. */
  readonly start: string;
}

/** The points that a batch adds to one player's score on one board; sums of any size are exact. */
export interface ScoreDelta extends Board {
  readonly playerId: string;
  readonly added: bigint;
}

/** A player's score on a board, as PostgreSQL returns it. */
export interface ScoreRow {
  readonly game_id: string;
  readonly period: Period;
  readonly window_start: string;
  readonly player_id: string;
  readonly score: number;
}

/** Whether an event adds to a player's scores. */
export function isScore(event: PlayerEvent): boolean {
  return event.event_type === scoreEventType;
}

/** Folds score events into one delta per board and player, sorted by both. */
export function foldByBoard(events: readonly PlayerEvent[]): ScoreDelta[] {
  const deltas = new Map<string, ScoreDelta>();
  for (const { gameId, playerId, atMs, added } of foldByDay(events)) {
    for (const period of periods) {
      const { start } = windowAt(period, atMs);
      const key = [gameId, period, start, playerId].join('\n');
      const before = deltas.get(key)?.added ?? 0n;
      deltas.set(key, { gameId, period, start, playerId, added: before + added });
    }
  }
  return [...deltas].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, delta]) => delta);
}

interface DayDelta {
  readonly gameId: string;
  readonly playerId: string;
  /** An instant in the day, in epoch milliseconds. */
  readonly atMs: number;
  added: bigint;
}

/** A day is in exactly one window of each period, so folding by day first saves most of the work. */
function foldByDay(events: readonly PlayerEvent[]): Iterable<DayDelta> {
  const days = new Map<string, DayDelta>();
  for (const { game_id: gameId, player_id: playerId, timestamp, data } of events) {
    const atMs = Date.parse(timestamp);
    const key = `${gameId}\n${playerId}\n${Math.floor(atMs / dayMs)}`;
    const day = days.get(key) ?? { gameId, playerId, atMs, added: 0n };
    days.set(key, day);
    day.added += BigInt(Number(data['score']));
  }
  return days.values();
}

/** Makes the sorted sets for rows of player_scores, except for windows that Redis no longer keeps. */
export function scoresToSets(
  namespace: string,
  rows: readonly ScoreRow[],
  nowMs: number,
): SetWrite[] {
  const sets = new Map<string, SetWrite & { scores: [number, string][] }>();
  for (const row of rows) {
    const window = windowStarting(row.period, row.window_start);
    const untilMs = keptUntilMs(window);
    if (untilMs <= nowMs) continue;
    const key = boardKey(namespace, row.game_id, window);
    const set = sets.get(key) ?? {
      key,
      ...(untilMs === Infinity ? {} : { expireAtMs: untilMs }),
      ...currentOf(namespace, row, nowMs),
      scores: [],
    };
    sets.set(key, set);
    set.scores.push([row.score, row.player_id]);
  }
  return [...sets.values()];
}

/** The set of the current window, if the row's window is the current one. */
function currentOf(namespace: string, row: ScoreRow, nowMs: number): Pick<SetWrite, 'current'> {
  if (row.period === 'alltime') return {};
  const window = windowAt(row.period, nowMs);
  if (window.start !== row.window_start) return {};
  const key = currentBoardKey(namespace, row.game_id, row.period);
  return { current: { key, untilMs: window.endMs } };
}
