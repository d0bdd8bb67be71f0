import { once } from 'node:events';
import type { Socket } from 'node:net';

import type { PostgresEndpoint } from '../../config/endpoints.js';
import { sqlState } from '../../stores/postgres/errors.js';
import { sslOptions } from '../../stores/postgres/options.js';
import { queryOnce } from '../../stores/postgres/queryOnce.js';
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

/** SQLSTATE classes of a server that is starting, stopping, or out of resources: these pass. */
const transient = /^(53|57)/;

/** The oldest version that is still maintained; the number is its server_version_num. */
const oldest = { number: 130_000, name: '13' };

/**
 * Checks that PostgreSQL can be used: it is reachable, speaks TLS as `sslmode` asks for, accepts the
 * user, has the database, and is new enough.
 * @throws Unreachable, or a Failure whose cure names what to correct
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
  (await open(place, endpoint.tls)).destroy();
  const options = { application: 'gamemetrics-check', timeoutMs: reachTimeoutMs };
  const [row] = await queryOnce<{ server_version_num: string }>(
    endpoint,
    'SHOW server_version_num',
    options,
  ).catch(async (error: unknown) => {
    throw await failureOf(error, endpoint, place);
  });
  checkVersion(place, Number(row?.server_version_num));
}

/** What the error of the connection or of its statement means. */
async function failureOf(
  error: unknown,
  endpoint: PostgresEndpoint,
  place: Place,
): Promise<Failure> {
  if (error instanceof Failure) return error;
  const { tls } = endpoint;
  const state = sqlState(error);
  const isUnanswered = state === undefined && tls !== undefined;
  const known =
    postgresFailure(error, endpoint) ??
    tlsFailure(error, place) ??
    (isUnanswered ? await refusedAfterHandshake(await open(place, tls), place) : undefined);
  if (known !== undefined) return known;
  const message = `cannot work with PostgreSQL at ${nameOf(place)}: ${describeError(error)}`;
  return state === undefined || transient.test(state)
    ? new Unreachable(message, 'Check that it runs, and what its log says.', error)
    : new Failure(message, { code: 'service_failed', cause: error });
}

/**
 * Connects, and with `tls` encrypts as PostgreSQL does: the client requests TLS in plain text (length
 * i32 = 8, code i32), the server answers with one byte, `S` or `N`, and the handshake follows.
 * @throws Unreachable, or Failure if the server offers no TLS or the handshake fails
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
    code: 'service_failed',
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
    // A server that does not answer, or closes the connection, offers no TLS.
    if (error instanceof Error) return undefined;
    throw error;
  }
}

function checkVersion(place: Place, version: number): void {
  if (version >= oldest.number) return;
  throw new Failure(
    `PostgreSQL at ${nameOf(place)} is too old: version ${Math.floor(version / 10_000)}`,
    { code: 'service_failed', cure: `Use PostgreSQL ${oldest.name} or newer.` },
  );
}
