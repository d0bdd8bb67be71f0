import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

import type { TlsFiles } from '../config/endpoints.js';
import { describeError } from '../util/describeError.js';
import { Failure } from '../util/failure.js';

/** The contents of PEM files, as Node's tls takes them. */
export interface TlsContext {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/**
 * Reads the files of a TLS connection, and checks that they hold certificates and the right key.
 * @throws Failure (invalid_setting) that names the file
 */
export function readTls(files: TlsFiles): TlsContext {
  const { caFile, certFile, keyFile } = files;
  const ca = caFile === undefined ? {} : { ca: readCertificate(caFile) };
  if (certFile === undefined || keyFile === undefined) return ca;
  const cert = readCertificate(certFile);
  const key = read(keyFile, 'a private key');
  let belongs: boolean;
  try {
    belongs = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch (cause) {
    throw wrong(`${keyFile} is not an unencrypted private key in PEM`, cause);
  }
  if (!belongs) throw wrong(`the key in ${keyFile} is not that of the certificate in ${certFile}`);
  return { ...ca, cert, key };
}

function readCertificate(path: string): string {
  const pem = read(path, 'a certificate');
  try {
    new X509Certificate(pem).toString();
    return pem;
  } catch (cause) {
    throw wrong(`${path} is not a certificate in PEM`, cause);
  }
}

function read(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw wrong(`cannot read ${what} from ${path}: ${describeError(cause)}`, cause);
  }
}

function wrong(message: string, cause?: unknown): Failure {
  return new Failure(message, {
    code: 'invalid_setting',
    cure: 'Correct the variable that names the file; see docs/external.md.',
    cause,
  });
}
