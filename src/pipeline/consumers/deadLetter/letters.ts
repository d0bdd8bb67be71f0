import { z } from 'zod';

import type { ConsumedRecord } from '../../../stores/kafka/consumer.js';
import { originalOf, recordTime, storable } from '../../contract/deadLetter.js';
import { dateTimeSchema } from '../../contract/event.js';
import { jsonProblem, parseJson } from '../../contract/json.js';

/** A row of dlq_events, with the original as JSON text or as base64. */
export interface LetterRow {
  readonly originalJson: string | null;
  readonly originalBase64: string | null;
  readonly code: string;
  readonly message: string;
  readonly service: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: string;
  readonly attempts: number;
  readonly failedAt: string;
}

const text = (characters: number) =>
  z
    .string()
    .transform((value) => value.replaceAll('\0', '\ufffd').toWellFormed().slice(0, characters));

const letterSchema = z.object({
  original_event: z.unknown().optional(),
  original_value_base64: z.base64().optional(),
  error: z.object({ code: text(100), message: text(10_000) }),
  consumer_service: text(100),
  timestamp: dateTimeSchema,
  source: z.object({
    topic: text(249),
    partition: z.int32(),
    offset: z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number),
    timestamp: dateTimeSchema,
  }),
  attempts: z.int32(),
});

/**
 * Reads a record of system.dlq. The dead-letter writer does not produce dead letters: a record that is
 * not a dead letter (other programs may write to the topic) is stored as one, with itself as source.
 */
export function readLetter(
  record: ConsumedRecord,
  source: { topic: string; partition: number },
): LetterRow {
  const value = record.value ?? Buffer.alloc(0);
  const parsed = parseJson(value);
  const letter = parsed.ok ? letterSchema.safeParse(parsed.value) : undefined;
  if (letter?.success === true) {
    const { data } = letter;
    const inJson = 'original_event' in data;
    // The original is stored as jsonb; if jsonb would reject it, the letter's own bytes are stored.
    const kept = inJson && jsonProblem(data.original_event, storable) === undefined;
    const bytes = inJson ? value.toString('base64') : (data.original_value_base64 ?? null);
    return {
      originalJson: kept ? JSON.stringify(data.original_event) : null,
      originalBase64: kept ? null : bytes,
      code: data.error.code,
      message: data.error.message,
      service: data.consumer_service,
      ...data.source,
      attempts: data.attempts,
      failedAt: data.timestamp,
    };
  }
  const original = originalOf(value);
  return {
    originalJson:
      original.original_event === undefined ? null : JSON.stringify(original.original_event),
    originalBase64: original.original_value_base64 ?? null,
    code: 'not_a_dead_letter',
    message: 'a record in the dead-letter topic that is not a dead letter',
    service: 'unknown',
    ...source,
    offset: record.offset,
    timestamp: recordTime(record.timestampMs),
    attempts: 1,
    failedAt: recordTime(record.timestampMs),
  };
}
