import { limits, type PlayerEvent } from '../../contract/event.js';

/** A session ends this long after its last event, by ingest time, in milliseconds. */
export const sessionPauseMs = 30 * 60_000;

/** Events of one player without a pause between them. */
interface SessionSegment {
  startMs: number;
  lastMs: number;
  events: number;
  gameId: string;
}

/** What a batch adds to one player. */
export interface PlayerDelta {
  readonly playerId: string;
  events: number;
  readonly byType: Map<string, number>;
  /** Latest event time, in epoch milliseconds. */
  lastEventMs: number;
  /** The batch's last session segment: the one that may still go on. */
  session: SessionSegment;
}

/**
 * Folds events, in the order of their offsets, to a delta a player, sorted by player.
 * @param nowMs the clock, in epoch milliseconds: what says that it was ingested later counts as
 *   ingested now, or else a record of a foreign producer would begin a session that never ends
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
