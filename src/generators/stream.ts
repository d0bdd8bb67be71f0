import { createPopulation, type GeneratedEvent } from './events.js';
import type { LoadPlan } from './plan.js';
import { seededRandom } from './random.js';
import { dueTimes } from './schedule.js';
import { delayed, invalidReasons, spoiled, type InvalidReason } from './trouble.js';

/** One event of a load, as it is sent. */
export interface LoadItem {
  readonly index: number;
  /** Milliseconds after the load's start; undefined: as soon as a connection is free. */
  readonly dueMs: number | undefined;
  readonly event: GeneratedEvent;
  /** The body: the event's JSON, or what was made of it. */
  readonly json: string;
  readonly kind: 'plain' | 'late' | 'duplicate' | InvalidReason;
  /** The index at which this event was sent first: its own, but for a duplicate. */
  readonly original: number;
}

/** Whether an item is sent to be refused. */
export function isInvalid(kind: LoadItem['kind']): kind is InvalidReason {
  return (invalidReasons as readonly string[]).includes(kind);
}

/** A duplicate is drawn from so many events before it. */
const duplicatesWithin = 1_000;

/**
 * The events of a load in the order of their sending. Pure: a plan gives the same bytes in every
 * time zone, on every machine and however many connections send them.
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

  function makeItem(place: Pick<LoadItem, 'index' | 'dueMs'>): LoadItem {
    const drawn = random();
    const { duplicates, invalid, late, lateByMs } = trouble;
    if (drawn < duplicates) {
      const repeated = recent[Math.floor(random() * recent.length)];
      if (repeated !== undefined) return { ...repeated, ...place, kind: 'duplicate' };
    }
    const original = place.index;
    const event = next(startMs + (place.dueMs ?? 0));
    if (drawn >= duplicates && drawn < duplicates + invalid) {
      const kind = invalidReasons[Math.floor(random() * invalidReasons.length)] ?? 'not_json';
      return { ...place, event, json: spoiled(event, kind), kind, original };
    }
    const isLate = drawn >= duplicates + invalid && drawn < duplicates + invalid + late;
    const told = isLate ? delayed(event, 1 + Math.floor(random() * lateByMs)) : event;
    const kind = isLate ? 'late' : 'plain';
    return { ...place, event: told, json: JSON.stringify(told), kind, original };
  }
}
