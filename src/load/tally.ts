import type { Outcome } from './client.js';
import { LatencyRecorder, type Latency } from './latency.js';
import type { TroubleCounts } from './troubleTally.js';
import type { Visibility } from './visibility.js';

/** The result of a load. `sent` = `accepted` + the sum of `rejected` + `failed`. */
export interface LoadSummary {
  readonly seed: number;
  /** Events in the plan. */
  readonly count: number;
  readonly sent: number;
  readonly accepted: number;
  /** Permanently rejected events, by HTTP status (422 for an item of a batch). */
  readonly rejected: Readonly<Record<string, number>>;
  /** Retries of events after a 429, a 503 or a broken connection. */
  readonly retried: number;
  /** Events with an unknown outcome: no response in time. */
  readonly failed: number;
  /** From the start to the last response. */
  readonly seconds: number;
  /** Accepted and permanently rejected events per second. */
  readonly achievedRate: number;
  /** From the due time of an event to its acceptance; absent if none was accepted. */
  readonly latencyMs?: Latency;
  /** The last reason for a rejection, a failure or a retry, in words. */
  readonly lastProblem?: string;
  /** From the due time of an event until the stores show it, for a sample. */
  readonly visible?: Visibility;
  /** The deliberate trouble; absent if the plan has none. */
  readonly trouble?: TroubleCounts;
}

/** The share of events with an unexpected response, from 0 to 1; undefined if none was sent. */
export function errorRate(summary: LoadSummary): number | undefined {
  const { sent, failed, trouble } = summary;
  return sent === 0 ? undefined : (failed + (trouble?.unexpected ?? refused(summary))) / sent;
}

/** The number of permanently rejected events, including deliberately invalid ones. */
function refused({ rejected }: Pick<LoadSummary, 'rejected'>): number {
  return Object.values(rejected).reduce((sum, events) => sum + events, 0);
}

/** The progress of a running load. */
export interface LoadProgress {
  readonly count: number;
  readonly seconds: number;
  readonly sent: number;
  readonly accepted: number;
  /** Permanently rejected events. */
  readonly rejected: number;
  readonly retried: number;
  readonly failed: number;
  /** Accepted events per second since the last progress. */
  readonly rate: number;
  readonly latencyMs?: Latency;
  readonly lastProblem?: string;
}

/** Counts the outcomes of a load. All times are milliseconds of the monotonic clock. */
export class LoadTally {
  readonly startedMs = performance.now();
  readonly #seed: number;
  #count: number;
  readonly #latency = new LatencyRecorder();
  readonly #rejected = new Map<number, number>();
  #sent = 0;
  #accepted = 0;
  #retried = 0;
  #failed = 0;
  #lastProblem: string | undefined;
  #lastAnswerMs = this.startedMs;
  #progressed = { atMs: this.startedMs, accepted: 0 };

  constructor(seed: number, count: number) {
    this.#seed = seed;
    this.#count = count;
  }

  /** Updates the total number of events. */
  counted(events: number): void {
    this.#count = events;
  }

  sent(events: number): void {
    this.#sent += events;
  }

  retried(events: number, reason: string): void {
    this.#retried += events;
    this.#lastProblem = reason;
  }

  /** @param dueMs the due time of these events */
  answered(outcomes: readonly Outcome[], dueMs: number): void {
    this.#lastAnswerMs = performance.now();
    for (const outcome of outcomes) {
      switch (outcome.kind) {
        case 'accepted':
          this.#accepted += 1;
          this.#latency.record(this.#lastAnswerMs - dueMs);
          break;
        case 'rejected':
          this.#rejected.set(outcome.status, (this.#rejected.get(outcome.status) ?? 0) + 1);
          this.#lastProblem = outcome.detail;
          break;
        case 'failed':
          this.#failed += 1;
          this.#lastProblem = outcome.detail;
          break;
      }
    }
  }

  progress(): LoadProgress {
    const nowMs = performance.now();
    const sinceMs = nowMs - this.#progressed.atMs;
    const rate = sinceMs > 0 ? ((this.#accepted - this.#progressed.accepted) * 1_000) / sinceMs : 0;
    this.#progressed = { atMs: nowMs, accepted: this.#accepted };
    return {
      ...this.#counts(),
      seconds: (nowMs - this.startedMs) / 1_000,
      rejected: refused({ rejected: Object.fromEntries(this.#rejected) }),
      rate,
    };
  }

  summary(): LoadSummary {
    const seconds = (this.#lastAnswerMs - this.startedMs) / 1_000;
    const answered = this.#accepted + refused({ rejected: Object.fromEntries(this.#rejected) });
    return {
      seed: this.#seed,
      ...this.#counts(),
      rejected: Object.fromEntries(this.#rejected),
      seconds: rounded(seconds, 3),
      achievedRate: seconds > 0 ? rounded(answered / seconds, 1) : 0,
    };
  }

  #counts() {
    const latencyMs = this.#latency.percentiles();
    return {
      count: this.#count,
      sent: this.#sent,
      accepted: this.#accepted,
      retried: this.#retried,
      failed: this.#failed,
      ...(latencyMs === undefined ? {} : { latencyMs }),
      ...(this.#lastProblem === undefined ? {} : { lastProblem: this.#lastProblem }),
    };
  }
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
