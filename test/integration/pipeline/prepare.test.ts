import { expect, it } from 'vitest';

import { prepareStores } from '../../../src/pipeline/runtime/prepare.js';
import { createClients } from '../../../src/stores/clients.js';
import { Failure } from '../../../src/util/failure.js';
import { createPipeline, describePipeline } from '../../support/pipeline.js';

describePipeline('preparing the stores', () => {
  it('ends immediately on the signal while another process holds the migration lock', async () => {
    await using gm = await createPipeline({ roles: 'none' });
    const database = `prepare_${gm.endpoints.postgres.database}`.slice(0, 60);
    await gm.postgres.query(`CREATE DATABASE ${database}`);
    const endpoints = { ...gm.endpoints, postgres: { ...gm.endpoints.postgres, database } };
    const other = createClients(endpoints);
    const holder = await other.postgres.connect();
    await holder.query('BEGIN');
    // The lock that every migration takes (src/stores/postgres/migrate.ts).
    await holder.query('SELECT pg_advisory_xact_lock(20260)');

    const stop = new AbortController();
    const preparing = prepareStores(endpoints, undefined, stop.signal);
    const ended = preparing.then(
      () => 'prepared',
      (error: unknown) => error,
    );
    const waiting = `SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'`;
    await expect
      .poll(async () => (await gm.postgres.query(waiting, [database])).rowCount, {
        timeout: 10_000,
      })
      .toBe(1);
    const begin = performance.now();
    stop.abort();
    const failure = await ended;
    expect(performance.now() - begin).toBeLessThan(1_000);
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({ code: 'interrupted' });
    await holder.query('COMMIT');
    holder.release();
    // PostgreSQL has also detected that the waiting client is disconnected.
    expect((await prepareStores(endpoints)).migrations.length).toBeGreaterThan(0);
    await other.close();
    await gm.postgres.query(`DROP DATABASE ${database} WITH (FORCE)`);
  });
});
