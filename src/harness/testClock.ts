import { clockAhead, type Clock } from '../config/clock.js';
import { parseDuration } from '../util/duration.js';

/** Called with the number of milliseconds by which a clock was advanced. */
type OnAdvance = (byMs: number) => Promise<void>;

/**
 * A clock for tests, for `createGameMetrics({ clock })`: it starts at a given time, runs at the speed of
 * the machine's clock, and can be advanced. Several pipelines may share a clock.
 */
export class TestClock implements Clock {
  readonly #listeners = new Set<OnAdvance>();
  readonly #clock: Clock;
  #aheadMs: number;

  /** @param start the initial time: a Date, or a text that Date parses; by default the present */
  constructor(start: Date | string = new Date()) {
    const startMs = new Date(start).getTime();
    if (Number.isNaN(startMs)) throw new RangeError(`"${String(start)}" is not a time`);
    this.#aheadMs = startMs - Date.now();
    this.#clock = clockAhead(() => this.#aheadMs);
  }

  readonly now = (): number => this.#clock.now();

  readonly aheadMs = (): number => this.#aheadMs;

  /** The current time of the clock. */
  get date(): Date {
    return new Date(this.now());
  }

  /**
   * Advances the clock in all its pipelines: keys in Redis expire earlier by the same amount. The
   * pipelines should be idle, so call `waitDrained()` first.
   * @param by milliseconds, or text such as `24h`, `5m`
   */
  async advance(by: number | string): Promise<void> {
    const byMs = typeof by === 'number' ? by : parseDuration(by);
    if (!(byMs >= 0)) throw new RangeError('a clock cannot be set back');
    this.#aheadMs += byMs;
    await Promise.all([...this.#listeners].map(async (listener) => listener(byMs)));
  }

  /** Calls the listener on each advance. @returns a function that removes the listener */
  onAdvance(listener: OnAdvance): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
