import { plannedEvents, type LoadPlan } from '../generators/plan.js';
import { createLoadStream, type LoadItem } from '../generators/stream.js';

/** Supplies the items of a load, in order, until its count or duration is reached. */
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
   * Takes the next items, at most `limit`; none after the end of the load.
   * @param elapsedMs since the start of the load; ends a load at full speed after its duration
   */
  take(limit: number, elapsedMs: number): LoadItem[] {
    const { count, durationMs } = this.#plan;
    const items: LoadItem[] = [];
    while (items.length < limit && !this.#exhausted) {
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

  /** The total number of events, or an estimate while it is not known. */
  events(elapsedMs: number): number {
    if (this.#exhausted) return this.#taken;
    const planned = plannedEvents(this.#plan);
    if (planned !== Infinity) return planned;
    const share = Math.min(1, elapsedMs / this.#plan.durationMs);
    return share > 0 ? Math.round(this.#taken / share) : this.#taken;
  }
}
