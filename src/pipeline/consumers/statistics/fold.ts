import { limits, type PlayerEvent } from '../../contract/event.js';

/** A session ends this long after its last event, by ingest time, in milliseconds. */
export const sessionPauseMs = 30 * 60_000;

/** Consecutive events of one player without a pause of {@link sessionPauseMs} between them. */
interface SessionSegment {
  startMs: number;
  lastMs: number;
  events: number;
  gameId: string;
}

/** The changes of a batch to one player's totals. */
export interface PlayerDelta {
  readonly playerId: string;
  events: number;
  readonly byType: Map<string, number>;
  /** Latest event time, in epoch milliseconds. */
  lastEventMs: number;
  /** The batch's last session segment, which later events may extend. */
  session: SessionSegment;
}

/**
 * Folds events, in the order of their offsets, into one delta per player, sorted by player.
 * @param nowMs the clock, in epoch milliseconds. Ingest times are limited to `limits.futureMs` after
 *   it: otherwise a record from another producer could begin a session that never ends
 */
export function foldByPlayer(events: readonly PlayerEvent[], nowMs: number): PlayerDelta[] {
  const latestMs = nowMs + limits.futureMs;
  const deltas = new Map<string, PlayerDelta>();
  for (const event of events) {
    const eventMs = Date.parse(event.timestamp);
    const delta = deltas.get(event.player_id) ?? emptyDelta(event, latestMs);
    deltas.set(event.player_id, delta);
    delta.events += 1;
    delta.byType.set(event.event_type, (delta.byType.get(event.event_type) ?? 0) + 1);
    delta.lastEventMs = Math.max(delta.lastEventMs, eventMs);
    delta.session = extend(delta.session, segmentOf(event, latestMs));
  }
  return [...deltas.values()].sort((a, b) => (a.playerId < b.playerId ? -1 : 1));
}

function emptyDelta(event: PlayerEvent, latestMs: number): PlayerDelta {
  return {
    playerId: event.player_id,
    events: 0,
    byType: new Map(),
    lastEventMs: 0,
    session: { ...segmentOf(event, latestMs), events: 0 },
  };
}

function segmentOf(event: PlayerEvent, latestMs: number): SessionSegment {
  const atMs = Math.min(Date.parse(event.ingested_at), latestMs);
  return { startMs: atMs, lastMs: atMs, events: 1, gameId: event.game_id };
}

function extend(session: SessionSegment, next: SessionSegment): SessionSegment {
  if (next.startMs > session.lastMs + sessionPauseMs) return next;
  return {
    startMs: Math.min(session.startMs, next.startMs),
    lastMs: Math.max(session.lastMs, next.lastMs),
    events: session.events + 1,
    gameId: next.gameId,
  };
}
