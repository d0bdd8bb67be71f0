import { describe, expect, it } from 'vitest';

import type { PlayerEvent } from '../../contract/event.js';
import { foldByPlayer } from './fold.js';

function event(
  playerId: string,
  ingestedAt: string,
  fields: Partial<PlayerEvent> = {},
): PlayerEvent {
  return {
    event_id: '0197a000-0000-7000-8000-000000000001',
    event_type: 'level_up',
    player_id: playerId,
    game_id: 'g',
    timestamp: '2026-01-01T00:00:00Z',
    ingested_at: ingestedAt,
    data: {},
    ...fields,
  };
}

const nowMs = Date.parse('2026-01-01T12:00:00Z');

describe('foldByPlayer', () => {
  it('counts the events of a player by type, and keeps the latest event time', () => {
    const [a, b] = foldByPlayer(
      [
        event('b', '2026-01-01T00:00:00Z'),
        event('a', '2026-01-01T00:00:00Z', { timestamp: '2026-01-03T00:00:00Z' }),
        event('a', '2026-01-01T00:00:01Z', { event_type: 'login' }),
        event('a', '2026-01-01T00:00:02Z', { event_type: 'login' }),
      ],
      nowMs,
    );
    expect(a).toMatchObject({
      playerId: 'a',
      events: 3,
      lastEventMs: Date.parse('2026-01-03T00:00:00Z'),
    });
    expect(Object.fromEntries(a?.byType ?? [])).toEqual({ level_up: 1, login: 2 });
    expect(b).toMatchObject({ playerId: 'b', events: 1 });
  });

  it('continues a session over pauses of up to 30 minutes', () => {
    const [delta] = foldByPlayer(
      [
        event('a', '2026-01-01T10:00:00Z', { game_id: 'g1' }),
        event('a', '2026-01-01T10:30:00Z', { game_id: 'g2' }),
      ],
      nowMs,
    );
    expect(delta?.session).toEqual({
      startMs: Date.parse('2026-01-01T10:00:00Z'),
      lastMs: Date.parse('2026-01-01T10:30:00Z'),
      events: 2,
      gameId: 'g2',
    });
  });

  it('begins a new session after a longer pause', () => {
    const [delta] = foldByPlayer(
      [event('a', '2026-01-01T10:00:00Z'), event('a', '2026-01-01T10:30:00.001Z')],
      nowMs,
    );
    expect(delta?.session).toMatchObject({
      startMs: Date.parse('2026-01-01T10:30:00.001Z'),
      events: 1,
    });
  });

  it('limits ingest times in the future, so that every session ends', () => {
    const [delta] = foldByPlayer(
      [event('a', '9999-01-01T00:00:00Z'), event('a', '2026-01-01T13:00:00Z')],
      nowMs,
    );
    expect(delta?.session).toMatchObject({ lastMs: nowMs + 5 * 60_000, events: 2 });
  });
});
