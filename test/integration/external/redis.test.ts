import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';

import { expect, it } from 'vitest';

import type { Environment } from '../../../src/config/endpoints.js';
import { endpointsFromEnvironment } from '../../../src/config/endpoints.js';
import { RedisStore } from '../../../src/stores/redis/client.js';
import { RedisConnection } from '../../../src/stores/redis/connection.js';
import { until } from '../../support/until.js';
import { makeCertificates, type Certificates } from './support/certificates.js';
import { refusalOf, type Refusal } from './support/refusal.js';
import { freePort, startFake, startRedis, startSentinel } from './support/servers.js';

const check = async (env: Environment): Promise<Refusal | undefined> => refusalOf('redis', env);

/** Uses Redis as the roles do. */
async function works(env: Environment): Promise<void> {
  const { redis } = endpointsFromEnvironment(env);
  const store = new RedisStore(redis, { application: 'test' });
  try {
    await store.connect();
    await store.hashes.writeField('key', 'field', 'value');
    expect(await store.hashes.read('key')).toEqual({ field: 'value' });
  } finally {
    await store.close();
  }
}

async function plainRedis(): Promise<number> {
  const port = await freePort();
  await startRedis(port, '--port', String(port));
  return port;
}

async function startTls(
  { ca, server }: Pick<Certificates, 'ca' | 'server'>,
  clients: 'yes' | 'no' = 'no',
): Promise<number> {
  const port = await freePort();
  await startRedis(
    port,
    ...['--port', '0', '--tls-port', String(port), '--tls-auth-clients', clients],
    ...['--tls-cert-file', server.cert, '--tls-key-file', server.key],
    ...['--tls-ca-cert-file', ca.cert],
  );
  return port;
}

it('the password, the user and the database come from the URL', async () => {
  const port = await freePort();
  await startRedis(
    port,
    ...['--port', String(port), '--requirepass', 'p@ss word'],
    ...['--user', 'metrics', 'on', '>user-secret', '~*', '+@all'],
  );
  for (const access of [':p%40ss%20word@', 'metrics:user-secret@']) {
    const env = { REDIS_URL: `redis://${access}127.0.0.1:${port}/2` };
    expect(await check(env)).toBeUndefined();
    await works(env);
  }
  const wrong = await check({ REDIS_URL: `redis://:wrong@127.0.0.1:${port}` });
  expect(wrong).toMatchObject({ code: 18 });
  expect(wrong?.message).toMatch(`Redis at 127.0.0.1:${port}: WRONGPASS`);
  expect(wrong?.cure).toMatch('REDIS_PASSWORD');
  expect(wrong?.message).not.toMatch('wrong@');
  const user = await check({ REDIS_URL: `redis://nobody:x@127.0.0.1:${port}` });
  expect(user?.message).toMatch('user nobody: WRONGPASS');
  const none = await check({ REDIS_URL: `redis://127.0.0.1:${port}` });
  expect(none?.message).toMatch('NOAUTH');
  expect(none?.cure).toMatch('REDIS_PASSWORD');
  const database = await check({ REDIS_URL: `redis://:p%40ss%20word@127.0.0.1:${port}/99` });
  expect(database).toMatchObject({ code: 18 });
  expect(database?.message).toMatch('DB index is out of range');
});

it('an error reply does not expose the arguments of its command in a log', async () => {
  const { redis } = endpointsFromEnvironment({
    REDIS_URL: `redis://127.0.0.1:${await plainRedis()}`,
  });
  const connection = new RedisConnection(redis, 'test');
  const error: unknown = await connection
    .run(async (client) => client.call('auth', 'hunter2', 'hunter2'))
    .catch((reply: unknown) => reply);
  expect(inspect(error)).toMatch('WRONGPASS');
  expect(inspect(error)).not.toMatch('hunter2');
  await connection.close();
});

it('the check reports how to grant a user the right to run scripts', async () => {
  const port = await freePort();
  await startRedis(
    port,
    ...['--port', String(port)],
    ...['--user', 'reader', 'on', '>secret', '~*', '+@read', '+info', '+client'],
  );
  const refusal = await check({ REDIS_URL: `redis://reader:secret@127.0.0.1:${port}` });
  expect(refusal).toMatchObject({ code: 18 });
  expect(refusal?.message).toMatch(/user reader: NOPERM/);
  expect(refusal?.cure).toMatch('ACL SETUSER reader');
});

it('TLS works with the right CA, and the check reports any other problem', async () => {
  const certificates = makeCertificates();
  const { ca, otherCa, misnamed, expired } = certificates;
  const port = await startTls(certificates);
  const url = `rediss://127.0.0.1:${port}`;
  const env = { REDIS_URL: url, REDIS_CA_FILE: ca.cert };
  expect(await check(env)).toBeUndefined();
  await works(env);
  await works({ REDIS_HOST: 'localhost', REDIS_PORT: String(port), REDIS_CA_FILE: ca.cert });

  for (const file of [undefined, otherCa.cert]) {
    const untrusted = await check({ REDIS_URL: url, REDIS_CA_FILE: file });
    expect(untrusted).toMatchObject({ code: 18 });
    expect(untrusted?.message).toMatch(
      `cannot establish TLS with Redis at 127.0.0.1:${port}: the server's certificate is not signed`,
    );
    expect(untrusted?.cure).toMatch('REDIS_CA_FILE');
  }
  const plain = await check({ REDIS_URL: `redis://127.0.0.1:${port}` });
  expect(plain?.message).toMatch('speaks TLS, and was not asked to');
  expect(plain?.cure).toMatch('rediss://');

  const misnamedPort = await startTls({ ca, server: misnamed });
  const name = await check({ ...env, REDIS_URL: `rediss://127.0.0.1:${misnamedPort}` });
  expect(name?.message).toMatch('is for DNS:elsewhere.example, not for 127.0.0.1');
  const expiredPort = await startTls({ ca, server: expired });
  const late = await check({ ...env, REDIS_URL: `rediss://127.0.0.1:${expiredPort}` });
  expect(late?.message).toMatch('certificate has expired');
});

it('the check distinguishes a server without TLS from an unreachable one', async () => {
  const port = await freePort();
  await startRedis(port, '--port', String(port));
  const refusal = await check({ REDIS_URL: `rediss://127.0.0.1:${port}` });
  expect(refusal).toMatchObject({ code: 18 });
  expect(refusal?.message).toMatch(`cannot establish TLS with Redis at 127.0.0.1:${port}`);
  expect(refusal?.seconds).toBeLessThan(15);
});

it('a client certificate is sent if the server requires one', async () => {
  const certificates = makeCertificates();
  const { ca, client, otherClient, folder } = certificates;
  const port = await startTls(certificates, 'yes');
  const env = { REDIS_URL: `rediss://127.0.0.1:${port}`, REDIS_CA_FILE: ca.cert };
  const pair = { REDIS_CERT_FILE: client.cert, REDIS_KEY_FILE: client.key };
  expect(await check({ ...env, ...pair })).toBeUndefined();
  await works({ ...env, ...pair });
  const none = await check(env);
  expect(none).toMatchObject({ code: 18 });
  expect(none?.message).toMatch('the server rejects this client');
  expect(none?.cure).toMatch('REDIS_CERT_FILE and REDIS_KEY_FILE');
  const { cert, key } = otherClient;
  const other = await check({ ...env, REDIS_CERT_FILE: cert, REDIS_KEY_FILE: key });
  expect(other?.message).toMatch('the server rejects this client');

  const mixed = await check({ ...env, REDIS_CERT_FILE: client.cert, REDIS_KEY_FILE: key });
  expect(mixed).toMatchObject({ code: 2 });
  expect(mixed?.message).toMatch('is not that of the certificate in');
  const missing = await check({ ...env, REDIS_CA_FILE: join(folder, 'none.pem') });
  expect(missing).toMatchObject({ code: 2 });
  expect(missing?.message).toMatch(/cannot read a certificate from .*none\.pem: ENOENT/);
  const noPem = join(folder, 'no.pem');
  writeFileSync(noPem, 'hello');
  const wrong = await check({ ...env, REDIS_CA_FILE: noPem });
  expect(wrong?.message).toMatch('no.pem is not a certificate in PEM');
});

it('Sentinel provides the address of the master, also with TLS and passwords', async () => {
  const port = await freePort();
  await startRedis(port, '--port', String(port), '--requirepass', 'secret');
  const sentinel = await startSentinel(port, {
    lines: ['sentinel auth-pass main secret', 'requirepass watch'],
  });
  const nobody = await freePort();
  const env = {
    REDIS_SENTINELS: `127.0.0.1:${nobody},127.0.0.1:${sentinel}`,
    REDIS_SENTINEL_MASTER: 'main',
    REDIS_SENTINEL_PASSWORD: 'watch',
    REDIS_PASSWORD: 'secret',
  };
  expect(await check(env)).toBeUndefined();
  await works(env);

  const unknown = await check({ ...env, REDIS_SENTINEL_MASTER: 'other' });
  expect(unknown).toMatchObject({ code: 18, cure: 'Correct REDIS_SENTINEL_MASTER.' });
  expect(unknown?.message).toMatch(`Sentinel at 127.0.0.1:${sentinel} knows no master "other"`);
  const password = await check({ ...env, REDIS_SENTINEL_PASSWORD: 'wrong' });
  expect(password?.message).toMatch(`Sentinel at 127.0.0.1:${sentinel}: WRONGPASS`);
  const away = await check({ ...env, REDIS_SENTINELS: `127.0.0.1:${nobody}` });
  expect(away?.message).toMatch(`cannot reach Sentinel at 127.0.0.1:${nobody}`);
  const server = await check({ REDIS_URL: `redis://:watch@127.0.0.1:${sentinel}` });
  expect(server?.message).toMatch('is a Sentinel');
  expect(server?.cure).toMatch('REDIS_SENTINELS');
  const asMaster = await check({ ...env, REDIS_PASSWORD: 'wrong' });
  expect(asMaster?.message).toMatch(`Redis at 127.0.0.1:${port}: WRONGPASS`);
});

it('connections to Sentinel use TLS if those to Redis do', async () => {
  const certificates = makeCertificates();
  const { ca, server } = certificates;
  const port = await startTls(certificates);
  const sentinel = await startSentinel(port, {
    lines: [
      'tls-port 0',
      'tls-replication yes',
      'tls-auth-clients no',
      `tls-cert-file ${server.cert}`,
      `tls-key-file ${server.key}`,
      `tls-ca-cert-file ${ca.cert}`,
    ],
  });
  const env = {
    REDIS_SENTINELS: `127.0.0.1:${sentinel}`,
    REDIS_SENTINEL_MASTER: 'main',
    REDIS_CA_FILE: ca.cert,
  };
  expect(await check(env)).toBeUndefined();
  await works(env);
});

it('a store reports unreachable Sentinels in time and connects once they start', async () => {
  const port = await freePort();
  const env = { REDIS_SENTINELS: `127.0.0.1:${port}`, REDIS_SENTINEL_MASTER: 'main' };
  const store = new RedisStore(endpointsFromEnvironment(env).redis, { application: 'test' });
  const begin = performance.now();
  await expect(store.connect()).rejects.toThrow(
    'redis is unavailable: All sentinels are unreachable',
  );
  expect(performance.now() - begin).toBeLessThan(15_000);
  const master = await freePort();
  await startRedis(master, '--port', String(master));
  await startSentinel(master, { port });
  await until(() => store.ready);
  await store.close();
});

it('a cluster, a replica and an old version are rejected with the reason', async () => {
  const cluster = await freePort();
  await startRedis(
    cluster,
    ...['--port', String(cluster), '--cluster-enabled', 'yes', '--cluster-port', '0'],
  );
  const refused = await check({ REDIS_URL: `redis://127.0.0.1:${cluster}` });
  expect(refused).toMatchObject({ code: 18 });
  expect(refused?.message).toMatch(/is a Redis Cluster, which gamemetrics cannot use: .* nodes/);

  const replica = await freePort();
  await startRedis(replica, '--port', String(replica), '--replicaof', '127.0.0.1 1');
  const reader = await check({ REDIS_URL: `redis://127.0.0.1:${replica}` });
  expect(reader?.message).toMatch('is a replica, which cannot be written to');

  const info = 'redis_mode:standalone\r\nredis_version:5.0.14\r\n';
  const old = await startFake((socket) => {
    socket.on('data', (data: Buffer) => {
      const requests = data.toString().split('*').length - 1;
      const isInfo = data.toString().toLowerCase().includes('info');
      const answer = isInfo ? `$${info.length}\r\n${info}\r\n` : '+OK\r\n';
      // A client sends its name first.
      socket.write('+OK\r\n'.repeat(requests - 1) + answer);
    });
  });
  const version = await check({ REDIS_URL: `redis://127.0.0.1:${old}` });
  expect(version).toMatchObject({ code: 18, cure: 'Use Redis 6.2 or newer, or Valkey.' });
  expect(version?.message).toMatch('is too old: version 5.0.14');
});

it('the check distinguishes a closed port from another server', async () => {
  const nobody = await freePort();
  const away = await check({ REDIS_URL: `redis://127.0.0.1:${nobody}` });
  expect(away).toMatchObject({ code: 18 });
  expect(away?.message).toBe(`cannot reach Redis at 127.0.0.1:${nobody} (connection refused)`);
  expect(away?.cure).toMatch('correct REDIS_URL (or REDIS_HOST, REDIS_PORT)');
  const unknown = await check({ REDIS_URL: 'redis://nobody.invalid:6379' });
  expect(unknown?.message).toMatch(/nobody\.invalid:6379 \((no such host|the host name cannot be)/);
  const other = await startFake((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  const web = await check({ REDIS_URL: `redis://127.0.0.1:${other}` });
  expect(web?.message).toMatch(`cannot work with Redis at 127.0.0.1:${other}`);
});
