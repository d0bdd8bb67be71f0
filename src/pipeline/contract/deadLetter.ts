import { createHash } from 'node:crypto';

import { jsonProblem, parseJson } from './json.js';

/** The record from which a dead letter was created. */
interface RecordSource {
  readonly topic: string;
  readonly partition: number;
  /** Decimal; offsets are 64-bit. */
  readonly offset: string;
  /** RFC 3339, from the record. */
  readonly timestamp: string;
}

/** The JSON value of a record in system.dlq; exactly one of the two originals is present. */
export interface DeadLetter {
  readonly original_event?: unknown;
  readonly original_value_base64?: string;
  /**
   * The full size (bytes) and the SHA-256 of a value over {@link originalLimitBytes}; the base64 then
   * holds only a prefix.
   */
  readonly original_size?: number;
  readonly original_sha256?: string;
  readonly error: { readonly code: string; readonly message: string };
  readonly consumer_service: string;
  readonly timestamp: string;
  readonly source: RecordSource;
  readonly attempts: number;
}

/** The largest original that a dead letter stores in full; of a larger one it stores this prefix. */
export const originalLimitBytes = 512 * 1024;

/** Bounds within which jsonb can safely store a document of unknown origin. */
export const storable = { depth: 64, bytes: originalLimitBytes };

/**
 * The `original_*` members for a record's value: JSON if jsonb can store it, or else the bytes in
 * base64.
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

/**
 * A record's timestamp (epoch ms, from any producer) as RFC 3339, clamped to the years 1970 to
 * 9999.
 */
export function recordTime(timestampMs: number): string {
  const last = Date.UTC(10_000, 0, 1) - 1;
  return new Date(Math.min(Math.max(timestampMs, 0), last)).toISOString();
}
