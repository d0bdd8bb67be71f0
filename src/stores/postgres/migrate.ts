import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Failure } from '../../config/failure.js';
import { packageFile } from '../../config/paths.js';
import type { Database } from './database.js';

/** Any constant; every starter of every version must take the same lock. */
const migrationLock = 20_260;

/**
 * Brings a database up to date: each migration runs once, in one transaction that also records it,
 * under a lock, so any number of starters may race.
 * @returns the names of the migrations that this call applied
 * @throws Failure where the database was migrated by a newer version
 */
export async function migrate(database: Database): Promise<string[]> {
  const folder = packageFile('sql/migrations');
  const names = readdirSync(folder)
    .filter((name) => /^\d{4}_\w+\.sql$/.test(name))
    .sort();
  return database.transaction(async (tx) => {
    await tx.query('SELECT pg_advisory_xact_lock($1)', [migrationLock]);
    await tx.query(
      `CREATE TABLE IF NOT EXISTS gamemetrics_migrations
         (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`,
    );
    const rows = await tx.query<{ name: string }>('SELECT name FROM gamemetrics_migrations');
    const applied = new Set(rows.map((row) => row.name));
    const unknown = [...applied].find((name) => !names.includes(name));
    if (unknown !== undefined) {
      throw new Failure(
        `the database has a migration that this version does not know: ${unknown}`,
        {
          exit: 'serviceFailed',
          cure: 'Use the gamemetrics version that made it (or a newer one), or another database.',
        },
      );
    }
    const missing = names.filter((name) => !applied.has(name));
    for (const name of missing) {
      await tx.query(readFileSync(join(folder, name), 'utf8'));
      await tx.query('INSERT INTO gamemetrics_migrations (name) VALUES ($1)', [name]);
    }
    return missing;
  });
}
