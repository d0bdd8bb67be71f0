import type { Queryable } from '../../stores/postgres/database.js';
import { loadSql } from '../../stores/postgres/sql.js';

const selectStoredIdentities = loadSql('select_stored_identities');

/** One of the given events that is stored. */
export interface StoredIdentity {
  /** Index of the event among the given ones. */
  readonly index: number;
  /** Whether it was stored before `since`. */
  readonly before: boolean;
}

/** Finds which of some events are stored. @param since an instant by PostgreSQL's clock */
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
