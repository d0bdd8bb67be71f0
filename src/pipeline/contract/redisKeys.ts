import { windowAt, windowLabelled, type Period, type Window } from './windows.js';

/** The keys of Redis, each behind the namespace (empty for the plain names). */
export function playerStatsKey(namespace: string, playerId: string): string {
  return `${namespace}player_stats:${playerId}`;
}

export function playerSessionKey(namespace: string, playerId: string): string {
  return `${namespace}player_session:${playerId}`;
}

/** The sorted set of one window: `leaderboard:g:daily:2026-11-23`, `leaderboard:g:alltime`. */
export function boardKey(namespace: string, gameId: string, window: Window): string {
  const dated = window.period === 'alltime' ? 'alltime' : `${window.period}:${window.label}`;
  return `${namespace}leaderboard:${gameId}:${dated}`;
}

/** The set that always shows the current window: `leaderboard:g:daily`. */
export function currentBoardKey(
  namespace: string,
  gameId: string,
  period: 'daily' | 'weekly',
): string {
  return `${namespace}leaderboard:${gameId}:${period}`;
}

/**
 * The board that a sorted set is of: what {@link boardKey} and {@link currentBoardKey} named.
 * @param nowMs the clock, in epoch milliseconds: it says which window a current set shows
 * @returns undefined where the key is none of theirs
 */
export function boardOfKey(
  namespace: string,
  key: string,
  nowMs: number,
):
  { readonly game_id: string; readonly period: Period; readonly window_start: string } | undefined {
  const name = key.slice(`${namespace}leaderboard:`.length);
  const match = /^(.+):(alltime|daily|weekly)(?::(\d{4}-\d\d-\d\d|\d{4}-W\d\d))?$/.exec(name);
  const [, game_id, period, label] = match ?? [];
  if (game_id === undefined || period === undefined) return undefined;
  const named = period as Period;
  const window = label === undefined ? windowAt(named, nowMs) : windowLabelled(named, label);
  return window && { game_id, period: named, window_start: window.start };
}

/** A glob pattern of every board's keys. */
export function anyBoardKey(namespace: string): string {
  return `${namespace}leaderboard:*`;
}

/** The hash that says how far a group's projection has come: `database`, and a field a partition. */
export function projectionKey(group: string): string {
  return `${group}:projection`;
}
