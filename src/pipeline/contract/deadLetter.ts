import { createHash } from 'node:crypto';

import { jsonProblem, parseJson } from './json.js';

/** Where a dead letter was read: one record of one topic. */
interface RecordSource {
  readonly topic: string;
  readonly partition: number;
  /** Decimal; offsets are 64-bit. */
  readonly offset: string;
  /** RFC 3339, from the record. */
  readonly timestamp: string;
}

/** The JSON value of a record in system.dlq; exactly one of the two originals is there. */
export interface DeadLetter {
  readonly original_event?: unknown;
  readonly original_value_base64?: string;
  /** With a value over {@link originalLimitBytes}: its whole size and SHA-256; the base64 is a prefix. */
  readonly original_size?: number;
  readonly original_sha256?: string;
  readonly error: { readonly code: string; readonly message: string };
  readonly consumer_service: string;
  readonly timestamp: string;
  readonly source: RecordSource;
  readonly attempts: number;
}

/** What a dead letter carries whole; of a larger original it holds this much and a hash. */
export const originalLimitBytes = 512 * 1024;

/** What jsonb stores safely of a foreign document. */
export const storable = { depth: 64, bytes: originalLimitBytes };

/**
 * The `original_*` members for a record's value: as JSON where it is JSON that jsonb can store,
 * else its bytes in base64.
 */
export function originalOf(
  value: Buffer,
): Pick<
  DeadLetter,
  'original_event' | 'original_value_base64' | 'original_size' | 'original_sha256'
> {
  if (value.length > originalLimitBytes) {
    return {
      original_value_base64: value.subarray(0, originalLimitBytes).toString('base64'),
      original_size: value.length,
      original_sha256: createHash('sha256').update(value).digest('hex'),
    };
  }
  const parsed = parseJson(value);
  return parsed.ok && jsonProblem(parsed.value, storable) === undefined
    ? { original_event: parsed.value }
    : { original_value_base64: value.toString('base64') };
}

/** A record's timestamp (epoch ms, by any producer) as RFC 3339, brought within the years 1970 to 9999. */
export function recordTime(timestampMs: number): string {
  const last = Date.UTC(10_000, 0, 1) - 1;
  return new Date(Math.min(Math.max(timestampMs, 0), last)).toISOString();
}
