import type { Queryable } from '../../stores/postgres/database.js';
import { loadSql } from '../../stores/postgres/sql.js';

const selectStoredIdentities = loadSql('select_stored_identities');

/** One of the events that were asked for, which is stored. */
export interface StoredIdentity {
  /** Into the events that were asked for. */
  readonly index: number;
  /** Whether it was stored before the instant. */
  readonly before: boolean;
}

/** Which of some events are stored. @param since PostgreSQL's clock */
export async function storedIdentities(
  database: Queryable,
  events: readonly { readonly event_id: string; readonly player_id: string }[],
  since: Date,
): Promise<StoredIdentity[]> {
  return database.query<StoredIdentity>(selectStoredIdentities, [
    events.map(({ event_id }) => event_id),
    events.map(({ player_id }) => player_id),
    since,
  ]);
}
