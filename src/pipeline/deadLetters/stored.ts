import type { Queryable } from '../../stores/postgres/database.js';
import { loadSql } from '../../stores/postgres/sql.js';

const selectDeadLetters = loadSql('select_dead_letters');
const selectDeadLettersById = loadSql('select_dead_letters_by_id');

/** A row of dlq_events; at most one of the originals is present. */
export interface StoredLetter {
  readonly id: number;
  /** The event as JSON text. */
  readonly original: string | null;
  readonly original_value: Buffer | null;
  readonly error_code: string;
  readonly error_message: string;
  readonly consumer_service: string;
  readonly source_topic: string;
  readonly source_partition: number;
  readonly source_offset: number;
  readonly source_timestamp: Date;
  readonly attempts: number;
  readonly failed_at: Date;
  readonly replayed_at: Date | null;
}

export interface LetterFilter {
  readonly error?: string | undefined;
  readonly service?: string | undefined;
  /** Whether to return only letters that have not been replayed. */
  readonly pending: boolean;
}

/** Dead letters, newest first, at most `limit`. @param below only ids below this one */
export async function listLetters(
  database: Queryable,
  { error, service, pending }: LetterFilter,
  limit: number,
  below = Number.MAX_SAFE_INTEGER,
): Promise<StoredLetter[]> {
  const values = [error ?? null, service ?? null, pending, below, limit];
  return database.query<StoredLetter>(selectDeadLetters, values);
}

/** Dead letters by id, in ascending order; ids that do not exist are skipped. */
export async function lettersById(
  database: Queryable,
  ids: readonly number[],
): Promise<StoredLetter[]> {
  return database.query<StoredLetter>(selectDeadLettersById, [ids]);
}

/** A dead letter as printed by --json: the original as JSON, or its bytes in base64. */
export function letterJson({ original, original_value, ...letter }: StoredLetter): object {
  return {
    ...letter,
    ...(original === null ? {} : { original_event: JSON.parse(original) as unknown }),
    ...(original_value === null
      ? {}
      : { original_value_base64: original_value.toString('base64') }),
  };
}
