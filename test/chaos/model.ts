import type { GeneratedEvent } from '../../src/generators/events.js';
import { identityOf } from '../../src/pipeline/contract/event.js';
import { periods, windowAt } from '../../src/pipeline/contract/windows.js';

/** The expected content of the stores, computed from the events without the pipeline's code. */
export class Model {
  readonly present = new Map<string, GeneratedEvent>();
  /** Events by type, by player. */
  readonly totals = new Map<string, Map<string, number>>();
  /** Scores by player, by `game period window-start`. */
  readonly boards = new Map<string, Map<string, number>>();

  /** Counts an event once. */
  add(event: GeneratedEvent): void {
    const identity = identityOf(event);
    if (this.present.has(identity)) return;
    this.present.set(identity, event);
    increase(this.totals, event.player_id, event.event_type, 1);
    if (event.event_type !== 'player_score') return;
    const score = Number(event.data['score']);
    for (const period of periods) {
      const { start } = windowAt(period, Date.parse(event.timestamp));
      increase(this.boards, `${event.game_id} ${period} ${start}`, event.player_id, score);
    }
  }
}

function increase(
  map: Map<string, Map<string, number>>,
  outer: string,
  inner: string,
  by: number,
): void {
  const counts = map.get(outer) ?? new Map<string, number>();
  map.set(outer, counts);
  counts.set(inner, (counts.get(inner) ?? 0) + by);
}
