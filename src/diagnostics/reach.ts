import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';

import { describeError } from '../util/describeError.js';
import { Failure } from '../util/failure.js';

/** A service cannot be reached now; a later retry may succeed. */
export class Unreachable extends Failure {
  constructor(message: string, cure: string, cause?: unknown) {
    super(message, { code: 'service_failed', cure, cause });
    this.name = 'Unreachable';
  }
}

/** How long it may take to establish a connection, including TLS, ms. */
export const reachTimeoutMs = 5_000;

/** How long to wait for an alert after the handshake, on an established connection, ms. */
const alertMs = 2_000;

/** The configured address of a service, and the variables that configure it. */
export interface Place {
  /** Such as `Kafka`. */
  readonly service: string;
  readonly host: string;
  readonly port: number;
  /** The variables for its address, the trusted authorities and the client certificate. */
  readonly variables: {
    readonly address: string;
    readonly ca: string;
    readonly certificate: string;
  };
}

/**
 * Opens a connection, encrypted if `tls` is given.
 * @returns the socket, which the caller must destroy
 * @throws Unreachable (no such host, connection refused, no answer); Failure (service_failed) if TLS
 *   fails
 */
export async function reach(place: Place, tls?: ConnectionOptions): Promise<Socket> {
  const { service, host, port, variables } = place;
  const socket = connect({ host, port });
  try {
    await settled(socket, 'connect');
  } catch (error) {
    const message = `cannot reach ${service} at ${nameOf(place)} (${explainSystemError(error)})`;
    const cure = `Start ${service} there, or correct ${variables.address}.`;
    throw new Unreachable(message, cure, error);
  }
  return tls === undefined ? socket : encrypt(socket, place, tls);
}

/** Starts TLS on an open connection. @throws Failure (service_failed) with the reason */
export async function encrypt(
  socket: Socket,
  place: Place,
  tls: ConnectionOptions,
): Promise<Socket> {
  const { host } = place;
  const name = isIP(host) === 0 ? { servername: host } : {};
  const encrypted = connectTls({ ...tls, ...name, host, socket });
  try {
    return await settled(encrypted, 'secureConnect');
  } catch (error) {
    socket.destroy();
    throw tlsFailure(error, place) ?? noTls(place, error);
  }
}

/**
 * Explains a TLS error, which may also occur after the handshake if the server rejects the client's
 * certificate.
 * @returns undefined for any other error
 */
export function tlsFailure(error: unknown, place: Place): Failure | undefined {
  const { service, variables } = place;
  const code = codeOf(error);
  const failure = (reason: string, cure: string): Failure =>
    new Failure(`cannot establish TLS with ${service} at ${nameOf(place)}: ${reason}`, {
      code: 'service_failed',
      cure,
      cause: error,
    });
  if (untrusted.has(code)) {
    return failure(
      "the server's certificate is not signed by a trusted authority",
      `Set ${variables.ca} to a PEM file with the certificate of the authority that signed it.`,
    );
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    const when = code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet';
    return failure(
      `the server's certificate ${when}`,
      "Renew it, or correct this machine's clock.",
    );
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const names = (error as { cert?: { subjectaltname?: string } }).cert?.subjectaltname;
    return failure(
      `the server's certificate is for ${names ?? 'another name'}, not for ${place.host}`,
      `Use a name from the certificate in ${variables.address}, or replace the certificate.`,
    );
  }
  if (/^ERR_SSL_.*(ALERT|HANDSHAKE_FAILURE)/.test(code)) {
    const alert = code.replace(/^ERR_SSL_(SSLV3_|TLSV\d+_)?(ALERT_)?/, '').replaceAll('_', ' ');
    return failure(
      `the server rejects this client: ${alert.toLowerCase()}`,
      `Set ${variables.certificate} to a certificate that it trusts and its key.`,
    );
  }
  return /^ERR_SSL_|^EPROTO$/.test(code) ? noTls(place, error) : undefined;
}

/**
 * Checks whether a server rejects this client after the handshake, which is when a TLS 1.3 server
 * verifies the client's certificate. A client that writes at that point may only see the connection
 * being closed.
 * @param encrypted a new connection, to which nothing is written; it is destroyed
 * @returns undefined if the server accepts the client
 */
export async function refusedAfterHandshake(
  encrypted: Socket,
  place: Place,
): Promise<Failure | undefined> {
  try {
    const error = await new Promise<unknown>((resolve) => {
      const timer = setTimeout(() => resolve(undefined), alertMs);
      encrypted.once('error', (alert) => {
        clearTimeout(timer);
        resolve(alert);
      });
      encrypted.resume();
    });
    return tlsFailure(error, place);
  } finally {
    encrypted.destroy();
  }
}

function noTls(place: Place, cause: unknown): Failure {
  const { service, variables } = place;
  const reason =
    codeOf(cause) === 'ECONNRESET'
      ? 'the server closed the connection during the handshake'
      : explainSystemError(cause);
  return new Failure(`cannot establish TLS with ${service} at ${nameOf(place)}: ${reason}`, {
    code: 'service_failed',
    cure: `Check that the server uses TLS on that port, or correct ${variables.address}.`,
    cause,
  });
}

/** Whether the server answers a TLS handshake, regardless of its certificate. */
export async function speaksTls({ host, port }: Place): Promise<boolean> {
  const socket = connectTls({ host, port, rejectUnauthorized: false });
  try {
    await settled(socket, 'secureConnect');
    return true;
  } catch (error) {
    // A server that sends an alert uses TLS, too.
    return /^ERR_SSL_.*ALERT/.test(codeOf(error));
  } finally {
    socket.destroy();
  }
}

/** The address as `host:port`, with brackets around an IPv6 address. */
export function nameOf({ host, port }: Pick<Place, 'host' | 'port'>): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** A short explanation of a system error. */
export function explainSystemError(error: unknown): string {
  if (error instanceof TimedOut) return error.message;
  return explanations[codeOf(error)] ?? describeError(error);
}

const explanations: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'it closed the connection',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the host',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the host name cannot be resolved',
  ETIMEDOUT: 'no answer',
};

const untrusted = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

class TimedOut extends Error {
  constructor(ms: number) {
    super(`no answer within ${ms / 1000} s`);
    this.name = 'TimedOut';
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
}

/** Waits for an event of a socket. A socket that fails or times out is destroyed. */
async function settled<S extends Socket>(socket: S, event: string): Promise<S> {
  return new Promise((resolve, reject) => {
    // The socket's own timeout would not include the resolution of the host name.
    const timer = setTimeout(() => fail(new TimedOut(reachTimeoutMs)), reachTimeoutMs);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const closed = (): void => fail(Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
    socket.once('error', fail);
    socket.once('close', closed);
    socket.once(event, () => {
      clearTimeout(timer);
      socket.off('error', fail);
      socket.off('close', closed);
      // Later errors are handled by the code that reads from the socket.
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}
