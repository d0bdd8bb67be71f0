import { describe, expect, it } from 'vitest';

import { checkSubmission } from '../pipeline/contract/event.js';
import { createEventStream, type EventStreamOptions, type GeneratedEvent } from './events.js';

const startMs = Date.parse('2026-03-01T12:00:00Z');

function take(count: number, options: Partial<EventStreamOptions> = {}): GeneratedEvent[] {
  const stream = createEventStream({ seed: 1, startMs, ...options });
  return Array.from({ length: count }, () => stream.next().value);
}

describe('createEventStream', () => {
  it('generates events that ingest accepts', () => {
    for (const event of take(2_000)) {
      expect(checkSubmission(event, startMs)).toEqual({ ok: true, value: event });
    }
  });

  it('generates the same events for the same options, and others for another seed or start', () => {
    const events = take(500);
    expect(take(500)).toEqual(events);
    const ids = new Set(events.map((event) => event.event_id));
    expect(ids.size).toBe(500);
    for (const other of [...take(500, { seed: 2 }), ...take(500, { startMs: startMs + 1 })]) {
      expect(ids.has(other.event_id)).toBe(false);
    }
  });

  it('generates UUIDs of version 7 that contain the event time', () => {
    const events = take(50, { stepMs: 12.5 });
    events.forEach((event, index) => {
      const atMs = Math.floor(startMs + index * 12.5);
      expect(event.event_id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-/);
      expect(parseInt(event.event_id.replaceAll('-', '').slice(0, 12), 16)).toBe(atMs);
      expect(Date.parse(event.timestamp)).toBe(atMs);
    });
  });

  it('uses only the given number of players and games', () => {
    const events = take(1_000, { players: 3, games: 2 });
    expect(new Set(events.map((event) => event.player_id))).toEqual(
      new Set(['player-1', 'player-2', 'player-3']),
    );
    expect(new Set(events.map((event) => event.game_id))).toEqual(new Set(['game-1', 'game-2']));
  });

  it('generates whole sessions: each player starts one, acts in its game and ends it', () => {
    const open = new Map<string, string>();
    const types = new Set<string>();
    for (const { player_id, game_id, event_type } of take(5_000)) {
      types.add(event_type);
      if (event_type === 'session_start') {
        expect(open.has(player_id)).toBe(false);
        open.set(player_id, game_id);
      } else {
        expect(open.get(player_id)).toBe(game_id);
        if (event_type === 'session_end') open.delete(player_id);
      }
    }
    expect([...types].sort()).toEqual([
      'achievement_unlocked',
      'item_purchase',
      'player_level_up',
      'player_score',
      'session_end',
      'session_start',
    ]);
  });
});
