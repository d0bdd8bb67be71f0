import { once } from 'node:events';

import { describe, expect, inject, it } from 'vitest';

import { fixOf } from '../../../src/app/exits.js';
import { endpointsFromEnvironment, type Environment } from '../../../src/config/endpoints.js';
import { toFailure } from '../../../src/diagnostics/toFailure.js';
import { Database } from '../../../src/stores/postgres/database.js';
import { migrate } from '../../../src/stores/postgres/migrate.js';
import { Failure } from '../../../src/util/failure.js';
import '../../support/provided.js';
import { makeCertificates, type Certificates } from './support/certificates.js';
import { refusalOf, type Refusal } from './support/refusal.js';
import { freePort, startFake, startPostgres } from './support/servers.js';

const check = async (env: Environment): Promise<Refusal | undefined> => refusalOf('postgres', env);

const access = {
  DB_USER: 'gamemetrics',
  DB_PASSWORD: 'gamemetrics',
  DB_NAME: 'gamemetrics',
} as const;

/** Uses PostgreSQL as the roles do. @returns whether the connection is encrypted */
async function works(env: Environment): Promise<boolean | undefined> {
  const { postgres } = endpointsFromEnvironment(env);
  const database = new Database(postgres, { application: 'test', connections: 1 });
  try {
    const [row] = await database.query<{ ssl: boolean }>(
      'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
    );
    return row?.ssl;
  } finally {
    await database.close();
  }
}

const encrypted = ({
  ca,
  server,
}: Pick<Certificates, 'ca' | 'server'>): Record<string, string> => ({
  ssl: 'on',
  ssl_cert_file: server.cert,
  ssl_key_file: server.key,
  ssl_ca_file: ca.cert,
});

it('every sslmode behaves as in libpq', async () => {
  const certificates = makeCertificates();
  const { ca, otherCa } = certificates;
  const port = await startPostgres(encrypted(certificates));
  const env = { ...access, DB_PORT: String(port) };
  expect(await works({ ...env, DB_SSLMODE: 'disable' })).toBe(false);
  const good = [
    { DB_SSLMODE: 'require' },
    { DB_SSLMODE: 'require', DB_SSLROOTCERT: ca.cert },
    { DB_SSLMODE: 'verify-ca', DB_SSLROOTCERT: ca.cert },
    { DB_SSLMODE: 'verify-full', DB_SSLROOTCERT: ca.cert },
    {
      DATABASE_URL: `postgres://gamemetrics:gamemetrics@localhost:${port}/gamemetrics?sslmode=verify-full&sslrootcert=${ca.cert}`,
    },
  ];
  for (const mode of good) {
    expect(await check({ ...env, ...mode })).toBeUndefined();
    expect(await works({ ...env, ...mode })).toBe(true);
  }
  const bad = [
    { DB_SSLMODE: 'require', DB_SSLROOTCERT: otherCa.cert },
    { DB_SSLMODE: 'verify-ca', DB_SSLROOTCERT: otherCa.cert },
    { DB_SSLMODE: 'verify-full' },
  ];
  for (const mode of bad) {
    const refusal = await check({ ...env, ...mode });
    expect(refusal).toMatchObject({ code: 18 });
    expect(refusal?.message).toMatch(
      `cannot establish TLS with PostgreSQL at 127.0.0.1:${port}: the server's certificate is not signed`,
    );
    expect(refusal?.cure).toMatch('DB_SSLROOTCERT');
    await expect(works({ ...env, ...mode })).rejects.toThrow('postgres is unavailable');
  }
});

it('only verify-full checks the host name in the certificate', async () => {
  const { ca, misnamed } = makeCertificates();
  const port = await startPostgres(encrypted({ ca, server: misnamed }));
  const env = { ...access, DB_PORT: String(port), DB_SSLROOTCERT: ca.cert };
  expect(await check({ ...env, DB_SSLMODE: 'verify-ca' })).toBeUndefined();
  const refusal = await check({ ...env, DB_SSLMODE: 'verify-full' });
  expect(refusal?.message).toMatch('is for DNS:elsewhere.example, not for 127.0.0.1');
});

it('the check reports that a server requires encryption or a client certificate', async () => {
  const certificates = makeCertificates();
  const { client, otherClient, ca } = certificates;
  const rule = 'hostssl all all 127.0.0.1/32 scram-sha-256 clientcert=verify-ca';
  const port = await startPostgres(encrypted(certificates), rule);
  const env = { ...access, DB_PORT: String(port), DB_SSLROOTCERT: ca.cert };
  const plain = await check(env);
  expect(plain).toMatchObject({ code: 18 });
  expect(plain?.message).toMatch('no encryption');
  expect(plain?.cure).toMatch('DB_SSLMODE');
  const none = await check({ ...env, DB_SSLMODE: 'verify-full' });
  expect(none).toMatchObject({ code: 18 });
  expect(none?.message).toMatch('client certificate');
  const pair = { DB_SSLCERT: client.cert, DB_SSLKEY: client.key };
  expect(await check({ ...env, DB_SSLMODE: 'verify-full', ...pair })).toBeUndefined();
  expect(await works({ ...env, DB_SSLMODE: 'verify-full', ...pair })).toBe(true);
  const other = { DB_SSLCERT: otherClient.cert, DB_SSLKEY: otherClient.key };
  const refused = await check({ ...env, DB_SSLMODE: 'verify-full', ...other });
  expect(refused).toMatchObject({ code: 18 });
  expect(refused?.message).toMatch('the server rejects this client');
  expect(refused?.cure).toMatch('DB_SSLCERT and DB_SSLKEY');
});

describe('a server without TLS', () => {
  const services = inject('services');
  const port = 'missing' in services ? '' : String(services.postgres.port);
  const env = { ...access, DB_PORT: port };

  it('is rejected by an sslmode that requires TLS', async () => {
    const refusal = await check({ ...env, DB_SSLMODE: 'require' });
    expect(refusal).toMatchObject({ code: 18 });
    expect(refusal?.message).toMatch('offers no TLS, and sslmode is require');
  });

  it.each([
    ['password', { DB_PASSWORD: 'wrong' }, 'password authentication failed', 'DB_PASSWORD'],
    ['user', { DB_USER: 'nobody' }, 'user nobody: password authentication failed', 'DB_USER'],
    ['database', { DB_NAME: 'nowhere' }, 'database "nowhere" does not exist', 'CREATE DATABASE'],
  ])('reports a wrong %s', async (_what, wrong, message, cure) => {
    const refusal = await check({ ...env, ...wrong });
    expect(refusal).toMatchObject({ code: 18 });
    expect(refusal?.message).toMatch(message);
    expect(refusal?.cure).toMatch(cure);
  });

  it('reports a missing right to create tables, which is not needed once the tables exist', async () => {
    const database = `rights_${process.pid}`;
    const { postgres } = endpointsFromEnvironment(env);
    const open = (name: string): Database =>
      new Database({ ...postgres, database: name }, { application: 'test', connections: 1 });
    const admin = open('gamemetrics');
    await admin.query(`CREATE DATABASE ${database}`);
    const own = open(database);
    try {
      // The owner of a database may not create tables in a schema with another owner.
      await own.query('CREATE SCHEMA AUTHORIZATION gamemetrics');
      await own.query('REVOKE CREATE ON SCHEMA gamemetrics FROM gamemetrics');
      const refused = await migrate(own).then(
        () => undefined,
        (error: unknown) =>
          toFailure(error, endpointsFromEnvironment({ ...env, DB_NAME: database })),
      );
      expect(refused).toBeInstanceOf(Failure);
      expect(refused).toMatchObject({ code: 'privileges_missing' });
      expect((refused as Failure).message).toMatch('permission denied for schema');
      expect(fixOf(refused as Failure)).toMatch('gamemetrics run migrate');

      await own.query('GRANT CREATE ON SCHEMA gamemetrics TO gamemetrics');
      expect(await migrate(own)).not.toEqual([]);
      await own.query('REVOKE CREATE ON SCHEMA gamemetrics FROM gamemetrics');
      expect(await migrate(own)).toEqual([]);
    } finally {
      await own.close();
      await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
      await admin.close();
    }
  });
});

it('the check distinguishes a closed port, another server and an old version', async () => {
  const nobody = await freePort();
  const away = await check({ DB_PORT: String(nobody) });
  expect(away).toMatchObject({ code: 18 });
  expect(away?.message).toBe(`cannot reach PostgreSQL at 127.0.0.1:${nobody} (connection refused)`);
  const unknown = await check({ DB_HOST: 'nobody.invalid' });
  expect(unknown?.message).toMatch(/nobody\.invalid:5432 \((no such host|the host name cannot be)/);
  const silent = await startFake(() => undefined);
  const mute = await check({ DB_PORT: String(silent) });
  expect(mute).toMatchObject({ code: 18 });
  expect(mute?.seconds).toBeLessThan(15);

  const old = await startFake((socket) => {
    void once(socket, 'data').then(() => {
      // AuthenticationOk, ReadyForQuery.
      socket.write(Buffer.from('520000000800000000' + '5a0000000549', 'hex'));
      socket.once('data', () => socket.write(oldVersion()));
    });
  });
  const version = await check({ ...access, DB_PORT: String(old) });
  expect(version).toMatchObject({ code: 18, cure: 'Use PostgreSQL 13 or newer.' });
  expect(version?.message).toMatch('is too old: version 9');
});

/** The response to `SHOW server_version_num`: RowDescription, DataRow, CommandComplete, ReadyForQuery. */
function oldVersion(): Buffer {
  const message = (type: string, body: Buffer): Buffer => {
    const head = Buffer.alloc(5);
    head.write(type);
    head.writeInt32BE(4 + body.length, 1);
    return Buffer.concat([head, body]);
  };
  const column = Buffer.concat([
    Buffer.from('0001', 'hex'),
    Buffer.from('server_version_num\0'),
    // Table, column, type text, size, modifier, text format.
    Buffer.from('00000000' + '0000' + '00000019' + 'ffff' + 'ffffffff' + '0000', 'hex'),
  ]);
  const value = Buffer.concat([Buffer.from('000100000005', 'hex'), Buffer.from('90624')]);
  return Buffer.concat([
    message('T', column),
    message('D', value),
    message('C', Buffer.from('SHOW\0')),
    message('Z', Buffer.from('I')),
  ]);
}
