import { clockAhead, type Clock } from '../config/clock.js';
import { parseDuration } from '../util/duration.js';

/** Told by how many milliseconds a clock was advanced. */
type OnAdvance = (byMs: number) => Promise<void>;

/**
 * A clock of a test's own, for `createGameMetrics({ clock })`: it goes as the machine's does, from
 * wherever it is set to, and can be advanced. One clock may be of several pipelines.
 */
export class TestClock implements Clock {
  readonly #listeners = new Set<OnAdvance>();
  readonly #clock: Clock;
  #aheadMs: number;

  /** @param start what it shows now: a Date, or a text that Date reads; the present when left out */
  constructor(start: Date | string = new Date()) {
    const startMs = new Date(start).getTime();
    if (Number.isNaN(startMs)) throw new RangeError(`"${String(start)}" is not a time`);
    this.#aheadMs = startMs - Date.now();
    this.#clock = clockAhead(() => this.#aheadMs);
  }

  readonly now = (): number => this.#clock.now();

  readonly aheadMs = (): number => this.#aheadMs;

  /** What it shows, as a Date. */
  get date(): Date {
    return new Date(this.now());
  }

  /**
   * Advances it, in each pipeline whose clock it is: what Redis keeps for a time goes earlier by as
   * much. Nothing should be under way: `waitDrained()` first.
   * @param by milliseconds, or text such as `24h`, `5m`
   */
  async advance(by: number | string): Promise<void> {
    const byMs = typeof by === 'number' ? by : parseDuration(by);
    if (!(byMs >= 0)) throw new RangeError('a clock cannot be set back');
    this.#aheadMs += byMs;
    await Promise.all([...this.#listeners].map(async (listener) => listener(byMs)));
  }

  /** Calls back with each advance. @returns ends that */
  onAdvance(listener: OnAdvance): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
