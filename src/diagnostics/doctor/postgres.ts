import { limits } from '../../pipeline/contract/event.js';
import type { Stores } from '../../pipeline/runtime/stores.js';
import { loadSql } from '../../stores/postgres/sql.js';
import { examine, type Finding, type Look } from '../finding.js';

const selectHealth = loadSql('select_health');

const databaseCure =
  'Check DB_USER, DB_PASSWORD and DB_NAME (or DATABASE_URL), and that PostgreSQL is running.';

/** The first version with a built-in gen_random_uuid(). */
const leastVersion = 130_000;
const clockToleranceMs = 1_000;

export interface DatabaseHealth {
  readonly version: number;
  readonly read_only: boolean;
  /** null if the table does not exist. */
  readonly may_insert: boolean | null;
  readonly now: Date;
}

export const databaseCheck = 'PostgreSQL takes inserts';
export const clockCheck = 'clock';

/** "Database inserts failing": are the credentials valid, does the schema exist, is it writable? */
export async function examineDatabase({ database }: Stores): Promise<Finding> {
  const look = async () => {
    const [health] = await database.query<DatabaseHealth>(selectHealth);
    if (health === undefined) throw new Error('select_health.sql returned no row');
    return databaseLook(health);
  };
  return examine(databaseCheck, look, databaseCure);
}

export function databaseLook({ version, read_only, may_insert }: DatabaseHealth): Look {
  const named = `version ${Math.floor(version / 10_000)}.${version % 10_000}`;
  if (version < leastVersion) {
    return { state: 'failed', detail: `${named} is too old`, cure: 'Use PostgreSQL 13 or newer.' };
  }
  if (may_insert === null) {
    const cure = 'Create it with "gamemetrics run migrate", or correct DB_NAME.';
    return { state: 'failed', detail: 'the schema is missing: no table "events"', cure };
  }
  if (!may_insert) {
    const cure = 'Grant INSERT on the tables, or correct DB_USER (or DATABASE_URL).';
    return { state: 'failed', detail: 'the user lacks the INSERT privilege on "events"', cure };
  }
  if (read_only) {
    const cure = 'Correct DB_HOST (or DATABASE_URL): it must be the primary, not a replica.';
    return { state: 'failed', detail: 'the database is read-only', cure };
  }
  return { state: 'ok', detail: named };
}

/** Ingest rejects events that are ahead of its clock, and windows and lateness depend on clocks. */
export async function examineClock({ database, now }: Stores): Promise<Finding> {
  const look = async () => {
    const begin = now();
    const [row] = await database.query<{ now: Date }>('SELECT clock_timestamp() AS now');
    // PostgreSQL read its clock at some point in between.
    const between = (begin + now()) / 2;
    return clockLook((row?.now.getTime() ?? between) - between);
  };
  return examine(clockCheck, look, databaseCure);
}

/** @param aheadMs how far PostgreSQL's clock is ahead of this machine's, in milliseconds */
export function clockLook(aheadMs: number): Look {
  const seconds = Math.abs(aheadMs / 1_000).toFixed(1);
  const detail = `${seconds} s ${aheadMs < 0 ? 'ahead of' : 'behind'} PostgreSQL's`;
  const cure = 'Synchronize the clocks of both machines with NTP.';
  if (Math.abs(aheadMs) >= limits.futureMs) return { state: 'failed', detail, cure };
  if (Math.abs(aheadMs) >= clockToleranceMs) return { state: 'warning', detail, cure };
  return { state: 'ok', detail: "agrees with PostgreSQL's" };
}
