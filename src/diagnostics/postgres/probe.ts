import { once } from 'node:events';
import type { Socket } from 'node:net';

import pg from 'pg';

import type { PostgresEndpoint } from '../../config/endpoints.js';
import { sqlState } from '../../stores/postgres/errors.js';
import { postgresOptions, sslOptions } from '../../stores/postgres/options.js';
import { describeError } from '../../util/describeError.js';
import { Failure } from '../../util/failure.js';
import {
  encrypt,
  nameOf,
  reach,
  reachTimeoutMs,
  refusedAfterHandshake,
  tlsFailure,
  Unreachable,
  type Place,
} from '../reach.js';
import { postgresFailure } from './explain.js';

/** SQLSTATE classes of a server that starts, stops, or is full: it passes. */
const passing = /^(53|57)/;

/** The oldest version that is still maintained, as server_version_num has it. */
const oldest = { number: 130_000, name: '13' };

/**
 * Sees that PostgreSQL can be worked with: reached, TLS as `sslmode` says, the user let in, the
 * database there, and new enough.
 * @throws Unreachable, or a Failure with a cure that names the part that is wrong
 */
export async function checkPostgres(endpoint: PostgresEndpoint): Promise<void> {
  const place: Place = {
    service: 'PostgreSQL',
    host: endpoint.host,
    port: endpoint.port,
    variables: {
      address: 'DATABASE_URL (or DB_HOST, DB_PORT)',
      ca: 'DB_SSLROOTCERT',
      certificate: 'DB_SSLCERT and DB_SSLKEY',
    },
  };
  const { tls } = endpoint;
  (await open(place, tls)).destroy();
  const client = new pg.Client({
    ...postgresOptions(endpoint),
    application_name: 'gamemetrics-check',
    connectionTimeoutMillis: reachTimeoutMs,
    query_timeout: reachTimeoutMs,
  });
  // It may break after what it was asked for has failed: that error is the one to show.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version_num: string }>('SHOW server_version_num');
    checkVersion(place, Number(rows[0]?.server_version_num));
  } catch (error) {
    if (error instanceof Failure) throw error;
    const state = sqlState(error);
    const unanswered = state === undefined && tls !== undefined;
    const known =
      postgresFailure(error, endpoint) ??
      tlsFailure(error, place) ??
      (unanswered ? await refusedAfterHandshake(await open(place, tls), place) : undefined);
    if (known !== undefined) throw known;
    const message = `cannot work with PostgreSQL at ${nameOf(place)}: ${describeError(error)}`;
    if (state === undefined || passing.test(state)) {
      throw new Unreachable(message, 'See that it runs, and its log.', error);
    }
    throw new Failure(message, { exit: 'serviceFailed', cause: error });
  } finally {
    // Not awaited: pg never ends a connection that has broken while it was opened.
    void client.end();
  }
}

/**
 * PostgreSQL begins in plain: a request for TLS (length i32 = 8, code i32), one byte in answer, `S`
 * or `N`, then the handshake.
 */
async function open(place: Place, tls: PostgresEndpoint['tls']): Promise<Socket> {
  const socket = await reach(place);
  if (tls === undefined) return socket;
  const request = Buffer.alloc(8);
  request.writeInt32BE(8, 0);
  request.writeInt32BE(80_877_103, 4);
  socket.write(request);
  const answer = await firstByte(socket);
  if (answer === 'S') return encrypt(socket, place, sslOptions(tls));
  socket.destroy();
  throw new Failure(`PostgreSQL at ${nameOf(place)} offers no TLS, and sslmode is ${tls.mode}`, {
    exit: 'serviceFailed',
    cure: 'Turn it on there (ssl = on), or set DB_SSLMODE to disable.',
  });
}

async function firstByte(socket: NodeJS.ReadableStream): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(reachTimeoutMs);
    const [data] = (await once(socket, 'data', { signal })) as [Buffer];
    socket.pause();
    return data.toString('latin1', 0, 1);
  } catch (error) {
    // What says nothing, or breaks the connection, offers no TLS.
    if (error instanceof Error) return undefined;
    throw error;
  }
}

function checkVersion(place: Place, version: number): void {
  if (version >= oldest.number) return;
  throw new Failure(
    `PostgreSQL at ${nameOf(place)} is too old: version ${Math.floor(version / 10_000)}`,
    { exit: 'serviceFailed', cure: `Use PostgreSQL ${oldest.name} or newer.` },
  );
}
