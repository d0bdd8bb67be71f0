import type { OutgoingRecord } from '../../../stores/kafka/producer.js';
import { playerSessionKey, playerStatsKey } from '../../contract/redisKeys.js';
import { topicName } from '../../contract/topics.js';
import type { HashWrite } from '../../projection/writes.js';
import { sessionPauseMs } from './fold.js';

/**
 * Maximum number of event types in a record of player.statistics. Clients choose the types, so a record
 * with all of a player's types could exceed the broker's limit (1 MiB). PostgreSQL stores all of them.
 */
const publishedTypes = 1_000;

/** A player's row in player_statistics. */
export interface Totals {
  readonly player_id: string;
  readonly total_events: number;
  readonly event_breakdown: Readonly<Record<string, number>>;
  readonly last_event_at: Date;
  readonly session_started_at: Date;
  readonly session_last_at: Date;
  readonly session_events: number;
  readonly session_game_id: string;
}

/** Makes the player's Redis hashes. @param types the event types to write (all of them in a rebuild) */
export function totalsToHashes(
  namespace: string,
  totals: Totals,
  types: Iterable<string>,
): HashWrite[] {
  const byType = [...types].map((type): [string, number] => [
    `event_${type}`,
    totals.event_breakdown[type] ?? 0,
  ]);
  return [
    {
      key: playerStatsKey(namespace, totals.player_id),
      fields: {
        total_events: totals.total_events,
        ...Object.fromEntries(byType),
        last_event: totals.last_event_at.toISOString(),
      },
    },
    {
      key: playerSessionKey(namespace, totals.player_id),
      expireAtMs: totals.session_last_at.getTime() + sessionPauseMs,
      fields: {
        session_start: totals.session_started_at.toISOString(),
        last_event: totals.session_last_at.toISOString(),
        events: totals.session_events,
        game_id: totals.session_game_id,
      },
    },
  ];
}

/** Makes a record for player.statistics: the player's new totals, which replace earlier records. */
export function totalsToRecord(namespace: string, totals: Totals, nowMs: number): OutgoingRecord {
  return {
    topic: topicName(namespace, 'statistics'),
    key: totals.player_id,
    value: JSON.stringify({
      player_id: totals.player_id,
      total_events: totals.total_events,
      ...publishedBreakdown(totals.event_breakdown),
      last_event_at: totals.last_event_at,
      session: {
        started_at: totals.session_started_at,
        last_event_at: totals.session_last_at,
        events: totals.session_events,
        game_id: totals.session_game_id,
      },
      updated_at: new Date(nowMs).toISOString(),
    }),
  };
}

/** The counts by type: at most the {@link publishedTypes} most frequent, and how many are left out. */
function publishedBreakdown(breakdown: Totals['event_breakdown']): object {
  const types = Object.entries(breakdown);
  if (types.length <= publishedTypes) return { event_breakdown: breakdown };
  const most = types.sort(([, a], [, b]) => b - a).slice(0, publishedTypes);
  return {
    event_breakdown: Object.fromEntries(most),
    event_types_left_out: types.length - publishedTypes,
  };
}
