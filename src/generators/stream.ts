import { createPopulation, type GeneratedEvent } from './events.js';
import type { LoadPlan } from './plan.js';
import { seededRandom } from './random.js';
import { dueTimes } from './schedule.js';
import { backdated, invalidReasons, invalidated, type InvalidReason } from './trouble.js';

/** One request item of a load. */
export interface LoadItem {
  readonly index: number;
  /** Milliseconds after the start of the load; undefined means as soon as a connection is free. */
  readonly dueMs: number | undefined;
  readonly event: GeneratedEvent;
  /** The body: the event as JSON, or its invalid form. */
  readonly json: string;
  readonly kind: 'plain' | 'late' | 'duplicate' | InvalidReason;
  /** The index at which this event was first sent; it differs from `index` for a duplicate. */
  readonly original: number;
}

/** Whether an item is deliberately invalid. */
export function isInvalid(kind: LoadItem['kind']): kind is InvalidReason {
  return (invalidReasons as readonly string[]).includes(kind);
}

/** A duplicate repeats one of this many preceding events. */
const duplicatesWithin = 1_000;

/**
 * The items of a load in the order in which they are sent. Pure: a plan generates the same bytes in
 * every time zone, on every machine and with any number of connections.
 */
export function* createLoadStream(plan: LoadPlan): Generator<LoadItem, void> {
  const { seed, startMs, rate, arrivals, trouble } = plan;
  const next = createPopulation(plan);
  const arrivalRandom = seededRandom(seed, 'arrivals');
  const troubleRandom = seededRandom(seed, 'trouble');
  const random = () => troubleRandom.next();
  const recent: LoadItem[] = [];
  let index = 0;
  let fresh = 0;
  for (const dueMs of dueTimes(rate, arrivals, () => arrivalRandom.next())) {
    const item = makeItem({ index, dueMs });
    if (item.kind === 'plain' || item.kind === 'late') recent[fresh++ % duplicatesWithin] = item;
    yield item;
    index += 1;
  }

  function makeItem(position: Pick<LoadItem, 'index' | 'dueMs'>): LoadItem {
    const drawn = random();
    const { duplicates, invalid, late, lateByMs } = trouble;
    if (drawn < duplicates) {
      const repeated = recent[Math.floor(random() * recent.length)];
      if (repeated !== undefined) return { ...repeated, ...position, kind: 'duplicate' };
    }
    const original = position.index;
    const event = next(startMs + (position.dueMs ?? 0));
    if (drawn >= duplicates && drawn < duplicates + invalid) {
      const kind = invalidReasons[Math.floor(random() * invalidReasons.length)] ?? 'not_json';
      return { ...position, event, json: invalidated(event, kind), kind, original };
    }
    const isLate = drawn >= duplicates + invalid && drawn < duplicates + invalid + late;
    const sent = isLate ? backdated(event, 1 + Math.floor(random() * lateByMs)) : event;
    const kind = isLate ? 'late' : 'plain';
    return { ...position, event: sent, json: JSON.stringify(sent), kind, original };
  }
}
