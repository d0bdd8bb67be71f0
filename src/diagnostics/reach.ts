import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';

import { describeError } from '../util/describeError.js';
import { Failure } from '../util/failure.js';

/** A service that cannot be reached now: trying again later may be right. */
export class Unreachable extends Failure {
  constructor(message: string, cure: string, cause?: unknown) {
    super(message, { exit: 'serviceFailed', cure, cause });
    this.name = 'Unreachable';
  }
}

/** How long a connection, its encryption included, may take; ms. */
export const reachTimeoutMs = 5_000;

/** How long a refusal after the handshake may take, on the wire of a connection that stands; ms. */
const alertMs = 2_000;

/** Where a service is said to be, in the words of its user. */
export interface Place {
  /** Such as `Kafka`. */
  readonly service: string;
  readonly host: string;
  readonly port: number;
  /** The variables that say where it is, and which authorities and certificate to use. */
  readonly variables: {
    readonly address: string;
    readonly ca: string;
    readonly certificate: string;
  };
}

/**
 * Opens a connection and, with `tls`, encrypts it.
 * @returns the socket, for the caller to destroy
 * @throws Unreachable (no such host, refused, no answer); Failure (serviceFailed) where TLS fails
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

/** Encrypts an open connection. @throws Failure (serviceFailed) that says what is wrong */
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
 * What an error with TLS means, wherever it was thrown: a server may refuse a client's certificate
 * after the handshake.
 * @returns undefined where it is none
 */
export function tlsFailure(error: unknown, place: Place): Failure | undefined {
  const { service, variables } = place;
  const code = codeOf(error);
  const failure = (reason: string, cure: string): Failure =>
    new Failure(`no TLS with ${service} at ${nameOf(place)}: ${reason}`, {
      exit: 'serviceFailed',
      cure,
      cause: error,
    });
  if (untrusted.has(code)) {
    return failure(
      "nobody that is trusted has signed the server's certificate",
      `Set ${variables.ca} to a PEM file with the certificate of who signed it.`,
    );
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    const when = code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet';
    return failure(`the server's certificate ${when}`, "Renew it, or set this machine's clock.");
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const names = (error as { cert?: { subjectaltname?: string } }).cert?.subjectaltname;
    return failure(
      `the server's certificate is for ${names ?? 'another name'}, not for ${place.host}`,
      `Name the server in ${variables.address} as its certificate does, or give it another one.`,
    );
  }
  if (/^ERR_SSL_.*(ALERT|HANDSHAKE_FAILURE)/.test(code)) {
    const alert = code.replace(/^ERR_SSL_(SSLV3_|TLSV\d+_)?(ALERT_)?/, '').replaceAll('_', ' ');
    return failure(
      `the server refuses this client: ${alert.toLowerCase()}`,
      `Set ${variables.certificate} to a certificate that it trusts, and its key.`,
    );
  }
  return /^ERR_SSL_|^EPROTO$/.test(code) ? noTls(place, error) : undefined;
}

/**
 * Whether a server refuses this client after the handshake, where TLS 1.3 has it look at the
 * client's certificate; who then writes may only see that the connection is gone.
 * @param encrypted a fresh connection, on which nothing is written; it is destroyed
 * @returns undefined where it does not
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
      ? 'it ends the connection in the handshake'
      : explainSystemError(cause);
  return new Failure(`no TLS with ${service} at ${nameOf(place)}: ${reason}`, {
    exit: 'serviceFailed',
    cure: `See that the server speaks TLS on that port, or correct ${variables.address}.`,
    cause,
  });
}

/** Whether a server answers a TLS handshake there, whatever its certificate. */
export async function speaksTls({ host, port }: Place): Promise<boolean> {
  const socket = connectTls({ host, port, rejectUnauthorized: false });
  try {
    await settled(socket, 'secureConnect');
    return true;
  } catch (error) {
    // An alert is an answer in TLS, too.
    return /^ERR_SSL_.*ALERT/.test(codeOf(error));
  } finally {
    socket.destroy();
  }
}

/** `host:port`, as a person writes it. */
export function nameOf({ host, port }: Pick<Place, 'host' | 'port'>): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** What a system error's code means, in a few words. */
export function explainSystemError(error: unknown): string {
  if (error instanceof TimedOut) return error.message;
  return words[codeOf(error)] ?? describeError(error);
}

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'it closed the connection',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'its name cannot be looked up',
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

/** Waits for an event of a socket's; one that fails or takes too long is destroyed. */
async function settled<S extends Socket>(socket: S, event: string): Promise<S> {
  return new Promise((resolve, reject) => {
    // Not the socket's own timeout, which would not cover the look-up of a name.
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
      // What happens to it from now on is for whoever reads it.
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}
