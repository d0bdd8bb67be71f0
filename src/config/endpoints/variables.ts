import { isIP } from 'node:net';
import { resolve } from 'node:path';

import { Failure } from '../../util/failure.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Absolute paths of the PEM files of a TLS connection. */
export interface TlsFiles {
  /** The CAs that may have signed the server's certificate; the system's CAs by default. */
  readonly caFile?: string;
  /** The client's certificate, if the server requires one, and its key. */
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** A variable's value; an empty one counts as unset. */
export function valueOf(env: Environment, variable: string): string | undefined {
  const value = env[variable];
  return value === undefined || value === '' ? undefined : value;
}

/** Parses a port. @throws Failure (invalid_setting) if it is not a port */
export function portFrom(variable: string, value: string | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  const port = Number(value);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new Failure(`${variable}: "${value}" is not a port`, {
    code: 'invalid_setting',
    cure: 'Set it to a whole number from 1 to 65535.',
  });
}

/** A host name or IP address. @throws Failure (invalid_setting) for a socket path, a URL or `host:port` */
export function hostFrom(variable: string, value: string): string {
  const host = value.replace(/^\[|\]$/g, '');
  if (/^[\w.-]+$/.test(host) || isIP(host) !== 0) return host;
  throw new Failure(`${variable}: "${value}" is not the name or address of a host`, {
    code: 'invalid_setting',
    cure: 'Set it to a host such as 127.0.0.1 or db.example.com; the port has its own variable.',
  });
}

/** The choice that equals the value, ignoring case. @throws Failure (invalid_setting) if none does */
export function choiceFrom<Choice extends string>(
  variable: string,
  value: string,
  choices: readonly Choice[],
): Choice {
  const found = choices.find((choice) => choice.toLowerCase() === value.toLowerCase());
  if (found !== undefined) return found;
  throw new Failure(`${variable}: "${value}" is not supported`, {
    code: 'invalid_setting',
    cure: `Set it to ${choices.join(', ')}.`,
  });
}

/** Parses comma-separated `host:port` pairs. @throws Failure (invalid_setting) that names an invalid one */
export function addressesFrom(variable: string, value: string): string[] {
  const addresses = value.split(',').map((address) => address.trim());
  const wrong = addresses.find(
    (address) => !/^[^\s:]+:\d{1,5}$|^\[[\da-f:]+\]:\d{1,5}$/i.test(address),
  );
  if (wrong === undefined) return addresses;
  throw new Failure(`${variable}: "${wrong}" is not host:port`, {
    code: 'invalid_setting',
    cure: 'Set it to one or more comma-separated host:port pairs, such as 127.0.0.1:9092.',
  });
}

/** The parts of a `host:port` pair; an IPv6 address without its brackets. */
export function splitAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '');
  return { host, port: Number(address.slice(colon + 1)) };
}

/** @throws Failure (invalid_setting) for another kind of URL; without its value, which may hold a password */
export function urlFrom(variable: string, value: string, protocols: readonly string[]): URL {
  if (URL.canParse(value)) {
    const url = new URL(value);
    if (protocols.includes(url.protocol)) return url;
  }
  throw new Failure(`${variable} is not a URL that starts with ${protocols.join('// or ')}//`, {
    code: 'invalid_setting',
    cure: `Set it to a URL such as ${protocols[0] ?? ''}//user:password@127.0.0.1:1234/name.`,
  });
}

/** Percent-decodes a part of a URL. @throws Failure (invalid_setting) if its encoding is invalid */
export function decoded(variable: string, part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw new Failure(`${variable} has a percent sign that does not begin an encoded character`, {
      code: 'invalid_setting',
      cure: 'Write a percent sign in a user or a password as %25.',
      cause,
    });
  }
}

export function hostFromUrl(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '') || '127.0.0.1';
}

/** A host as written before `:port`: an IPv6 address in brackets. */
export function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** The variables that name the PEM files of one service. */
export interface TlsVariables {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** @throws Failure (invalid_setting) for a certificate without its key, or a key without its certificate */
export function tlsFilesFrom(env: Environment, variables: TlsVariables): TlsFiles {
  const [ca, cert, key] = [variables.ca, variables.cert, variables.key].map((variable) => {
    const path = valueOf(env, variable);
    return path === undefined ? undefined : resolve(path);
  });
  if ((cert === undefined) !== (key === undefined)) {
    const [given, missing] =
      key === undefined ? [variables.cert, variables.key] : [variables.key, variables.cert];
    throw new Failure(`${given} is set, but ${missing} is not`, {
      code: 'invalid_setting',
      cure: 'Set both, for a client certificate, or neither.',
    });
  }
  return {
    ...(ca === undefined ? {} : { caFile: ca }),
    ...(cert === undefined ? {} : { certFile: cert }),
    ...(key === undefined ? {} : { keyFile: key }),
  };
}

/** Converts files to variables. A missing one becomes empty, which overrides an earlier value. */
export function tlsFilesTo(files: TlsFiles, variables: TlsVariables): Record<string, string> {
  return {
    [variables.ca]: files.caFile ?? '',
    [variables.cert]: files.certFile ?? '',
    [variables.key]: files.keyFile ?? '',
  };
}
