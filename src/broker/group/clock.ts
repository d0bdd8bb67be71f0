/** The coordinator's source of time; tests control it. */
export interface Clock {
  /** ms since 1970. */
  now(): number;
  /** Calls `task` once, `ms` from now. @returns a function that cancels it */
  after(ms: number, task: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
