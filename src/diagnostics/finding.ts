import { Failure } from '../util/failure.js';
import { within } from '../util/within.js';

/** What an examination found of one thing. */
export interface Finding {
  /** What was examined, in a few words. */
  readonly check: string;
  /** `failed` keeps the pipeline from working; `skipped` could not be looked at. */
  readonly state: 'ok' | 'warning' | 'failed' | 'skipped';
  /** What was found. */
  readonly detail: string;
  /** What to do about it. */
  readonly cure?: string;
}

/** What the examination of one thing reports. */
export type Look = Omit<Finding, 'check'>;

/** A person waits for the result; in milliseconds. */
const deadlineMs = 6_000;

/**
 * Examines one thing; an error and a timeout are a failed check.
 * @param cure for an error that has no cure of its own
 */
export async function examine(
  check: string,
  look: () => Look | Promise<Look>,
  cure: string,
): Promise<Finding> {
  try {
    const looked = await within(Promise.resolve().then(look), deadlineMs, (): Look => {
      return { state: 'failed', detail: `no answer within ${deadlineMs / 1_000} s`, cure };
    });
    return { check, ...looked };
  } catch (error) {
    return failedCheck(check, error, cure);
  }
}

/** A check that an error ended. @param cure for an error that has no cure of its own */
export function failedCheck(check: string, error: unknown, cure: string): Finding {
  const detail = error instanceof Error ? error.message : String(error);
  const own = error instanceof Failure ? error.cure : undefined;
  return { check, state: 'failed', detail, cure: own ?? cure };
}
