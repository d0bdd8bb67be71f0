import { windowAt, windowLabelled, type Period, type Window } from './windows.js';

/** The key of a player's statistics; all Redis keys start with the namespace, which may be empty. */
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

/** The sorted set that always holds the current window: `leaderboard:g:daily`. */
export function currentBoardKey(
  namespace: string,
  gameId: string,
  period: 'daily' | 'weekly',
): string {
  return `${namespace}leaderboard:${gameId}:${period}`;
}

/**
 * The board of a sorted set whose key {@link boardKey} or {@link currentBoardKey} created.
 * @param nowMs the clock, in epoch milliseconds, which determines the window of a current set
 * @returns undefined if the key is not the key of a board
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

/** A glob pattern that matches the keys of all boards. */
export function anyBoardKey(namespace: string): string {
  return `${namespace}leaderboard:*`;
}

/** The hash with the progress of a group's projection: `database`, and one field per partition. */
export function projectionKey(group: string): string {
  return `${group}:projection`;
}
