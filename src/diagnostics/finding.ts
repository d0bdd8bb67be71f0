import { Failure } from '../util/failure.js';
import { within } from '../util/within.js';

/** The result of one check. */
export interface Finding {
  /** The name of the check. */
  readonly check: string;
  /** `failed` prevents the pipeline from working; `skipped` could not be checked. */
  readonly state: 'ok' | 'warning' | 'failed' | 'skipped';
  /** The observed state. */
  readonly detail: string;
  /** How to fix it. */
  readonly cure?: string;
  /** The failure that the check ended with: the command line knows more of its fix. */
  readonly failure?: Failure;
}

/** A finding without the name of its check. */
export type Look = Omit<Finding, 'check'>;

/** How long a check may take, in milliseconds. */
const deadlineMs = 6_000;

/**
 * Runs one check. An error or a timeout is a failed check.
 * @param cure the fix to report for an error that has none
 */
export async function examine(
  check: string,
  look: () => Look | Promise<Look>,
  cure: string,
): Promise<Finding> {
  try {
    const result = await within(Promise.resolve().then(look), deadlineMs, (): Look => {
      return { state: 'failed', detail: `no answer within ${deadlineMs / 1_000} s`, cure };
    });
    return { check, ...result };
  } catch (error) {
    return failedCheck(check, error, cure);
  }
}

/** The finding of a check that threw an error. @param cure the fix to report if the error has none */
export function failedCheck(check: string, error: unknown, cure: string): Finding {
  const detail = error instanceof Error ? error.message : String(error);
  const finding = { check, state: 'failed', detail, cure } as const;
  if (!(error instanceof Failure)) return finding;
  return { ...finding, cure: error.cure ?? cure, failure: error };
}
