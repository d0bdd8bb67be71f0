import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Failure } from '../../util/failure.js';
import { packageFile } from '../../util/paths.js';
import type { Database, Queryable } from './database.js';

/** Any constant: every version must take the same lock. */
const migrationLock = 20_260;

/**
 * Brings a database up to date: each migration runs once, in the transaction that records it, under a
 * lock, so any number of processes may do this at once. If no migration is pending it only reads, so
 * that a user without the right to create tables may call it.
 * @returns the names of the migrations that this call applied
 * @throws Failure (service_failed) if a newer version has migrated the database
 */
export async function migrate(database: Database): Promise<string[]> {
  const names = migrationNames();
  const unknown = (await appliedMigrations(database)).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new Failure(`the database has a migration that this version does not know: ${unknown}`, {
      code: 'service_failed',
      cure: 'Use the gamemetrics version that made it (or a newer one), or another database.',
    });
  }
  if ((await pendingMigrations(database)).length === 0) return [];
  return database.transaction(async (tx) => {
    await tx.query('SELECT pg_advisory_xact_lock($1)', [migrationLock]);
    await tx.query(
      `CREATE TABLE IF NOT EXISTS gamemetrics_migrations
         (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`,
    );
    const missing = await pendingMigrations(tx);
    for (const name of missing) {
      await tx.query(readFileSync(join(folder(), name), 'utf8'));
      await tx.query('INSERT INTO gamemetrics_migrations (name) VALUES ($1)', [name]);
    }
    return missing;
  });
}

/** The migrations of this version that have not been applied to a database, in order. */
export async function pendingMigrations(database: Queryable): Promise<string[]> {
  const applied = await appliedMigrations(database);
  return migrationNames().filter((name) => !applied.includes(name));
}

async function appliedMigrations(database: Queryable): Promise<string[]> {
  const [table] = await database.query<{ known: boolean }>(
    `SELECT to_regclass('gamemetrics_migrations') IS NOT NULL AS known`,
  );
  if (table?.known !== true) return [];
  const rows = await database.query<{ name: string }>('SELECT name FROM gamemetrics_migrations');
  return rows.map(({ name }) => name);
}

function migrationNames(): string[] {
  return readdirSync(folder())
    .filter((name) => /^\d{4}_\w+\.sql$/.test(name))
    .sort();
}

function folder(): string {
  return packageFile('sql/migrations');
}
