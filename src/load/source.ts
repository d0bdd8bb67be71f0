import { plannedEvents, type LoadPlan } from '../generators/plan.js';
import { createLoadStream, type LoadItem } from '../generators/stream.js';

/** Gives out the events of a load, in order, until there are enough of them. */
export class LoadSource {
  readonly #plan: LoadPlan;
  readonly #items: Iterator<LoadItem, void>;
  #taken = 0;
  #exhausted = false;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
    this.#items = createLoadStream(plan);
  }

  /**
   * The next events, at most `most`; none once the load is over.
   * @param elapsedMs since the load's start: ends a load that goes as fast as it can for a time
   */
  take(most: number, elapsedMs: number): LoadItem[] {
    const { count, durationMs } = this.#plan;
    const items: LoadItem[] = [];
    while (items.length < most && !this.#exhausted) {
      const next = this.#taken < count ? this.#items.next().value : undefined;
      if (next === undefined || (next.dueMs ?? elapsedMs) >= durationMs) {
        this.#exhausted = true;
        break;
      }
      items.push(next);
      this.#taken += 1;
    }
    return items;
  }

  /** How many events there are in all, as far as it is known by now. */
  events(elapsedMs: number): number {
    if (this.#exhausted) return this.#taken;
    const planned = plannedEvents(this.#plan);
    if (planned !== Infinity) return planned;
    const share = Math.min(1, elapsedMs / this.#plan.durationMs);
    return share > 0 ? Math.round(this.#taken / share) : this.#taken;
  }
}
