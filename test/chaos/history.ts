import type { GeneratedEvent } from '../../src/generators/events.js';
import { identityOf } from '../../src/pipeline/contract/event.js';

export type Answer = 'accepted' | 'rejected' | 'unknown';

/** One time that an event was sent, and what came of it; times in milliseconds of the round. */
export interface Attempt {
  readonly atMs: number;
  readonly endMs: number;
  readonly answer: Answer;
  /** The HTTP status, or in words why there was none. */
  readonly detail: string;
}

/** What is known of one identity. */
export interface Entry {
  readonly event: GeneratedEvent;
  /** Whether it keeps the contract. */
  readonly valid: boolean;
  readonly attempts: Attempt[];
}

/** Every event that a round has sent, each answer, and each fault. */
export class History {
  readonly entries = new Map<string, Entry>();
  readonly events: { readonly atMs: number; readonly what: string }[] = [];
  /** Garbage that was written to the topic itself: each must be one dead letter. */
  readonly garbage: string[] = [];
  /** Answers that accepted an event; one that was sent twice counts twice. */
  accepted = 0;
  readonly #startMs = performance.now();

  now(): number {
    return Math.round(performance.now() - this.#startMs);
  }

  note(what: string): void {
    this.events.push({ atMs: this.now(), what });
  }

  attempted(event: GeneratedEvent, valid: boolean, attempt: Attempt): void {
    const key = identityOf(event);
    const entry = this.entries.get(key) ?? { event, valid, attempts: [] };
    this.entries.set(key, entry);
    entry.attempts.push(attempt);
    if (attempt.answer === 'accepted') this.accepted += 1;
  }
}

/** What must be true of an identity: one accepted answer decides it. */
export function verdictOf({ attempts }: Entry): Answer {
  const answers = attempts.map(({ answer }) => answer);
  if (answers.includes('accepted')) return 'accepted';
  return answers.every((answer) => answer === 'rejected') ? 'rejected' : 'unknown';
}
