import type { GeneratedEvent } from '../../src/generators/events.js';
import { identityOf } from '../../src/pipeline/contract/event.js';

export type Answer = 'accepted' | 'rejected' | 'unknown';

/** One attempt to send an event, and its outcome; times are in milliseconds of the round. */
export interface Attempt {
  readonly atMs: number;
  readonly endMs: number;
  readonly answer: Answer;
  /** The HTTP status, or why there was none, in words. */
  readonly detail: string;
}

/** The history of one identity. */
export interface Entry {
  readonly event: GeneratedEvent;
  /** Whether the event is valid. */
  readonly valid: boolean;
  readonly attempts: Attempt[];
}

/** All events that a round has sent, with their responses, and all faults. */
export class History {
  readonly entries = new Map<string, Entry>();
  readonly events: { readonly atMs: number; readonly what: string }[] = [];
  /** Invalid messages that were written to the topic: each must become one dead letter. */
  readonly garbage: string[] = [];
  /** The number of accepting responses; an event that was sent twice counts twice. */
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

/** The expected outcome of an identity: one accepting response is enough. */
export function verdictOf({ attempts }: Entry): Answer {
  const answers = attempts.map(({ answer }) => answer);
  if (answers.includes('accepted')) return 'accepted';
  return answers.every((answer) => answer === 'rejected') ? 'rejected' : 'unknown';
}
