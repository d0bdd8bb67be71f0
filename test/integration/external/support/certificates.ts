import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

/** A certificate and its key: PEM files. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** A CA and the certificates that it has signed, in a folder that is removed after the test. */
export interface Certificates {
  readonly folder: string;
  readonly ca: Pair;
  /** For 127.0.0.1 and localhost. */
  readonly server: Pair;
  /** For a host name that no server here has. */
  readonly misnamed: Pair;
  /** For 127.0.0.1, but expired yesterday. */
  readonly expired: Pair;
  readonly client: Pair;
  /** Another CA, which has signed none of these. */
  readonly otherCa: Pair;
  /** A client certificate, signed by the other CA. */
  readonly otherClient: Pair;
}

/** A folder for one test's files. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gamemetrics-test-'));
  // The servers run as other users, which may enter the folder but not read the secrets in it.
  chmodSync(folder, 0o755);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Creates the certificates with openssl, which takes about half a second. */
export function makeCertificates(): Certificates {
  const folder = scratchFolder();
  const ca = authority(folder, 'ca');
  const otherCa = authority(folder, 'other-ca');
  const here = 'subjectAltName=IP:127.0.0.1,DNS:localhost';
  return {
    folder,
    ca,
    otherCa,
    server: signed(folder, 'server', ca, here),
    misnamed: signed(folder, 'misnamed', ca, 'subjectAltName=DNS:elsewhere.example'),
    expired: signed(folder, 'expired', ca, here, -1),
    client: signed(folder, 'gamemetrics', ca, 'extendedKeyUsage=clientAuth'),
    otherClient: signed(folder, 'stranger', otherCa, 'extendedKeyUsage=clientAuth'),
  };
}

function authority(folder: string, name: string): Pair {
  const pair = filesOf(folder, name);
  openssl(
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'],
    ...['-subj', `/CN=${name}`, '-days', '2', '-keyout', pair.key, '-out', pair.cert],
  );
  return pair;
}

function signed(folder: string, name: string, ca: Pair, extension: string, days = 2): Pair {
  const pair = filesOf(folder, name);
  const request = join(folder, `${name}.csr`);
  const extensions = join(folder, `${name}.ext`);
  writeFileSync(extensions, extension);
  openssl(
    ...['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'],
    ...['-subj', `/CN=${name}`, '-keyout', pair.key, '-out', request],
  );
  openssl(
    ...['x509', '-req', '-in', request, '-CA', ca.cert, '-CAkey', ca.key, '-CAcreateserial'],
    ...['-days', String(days), '-extfile', extensions, '-out', pair.cert],
  );
  chmodSync(pair.key, 0o600);
  return pair;
}

function filesOf(folder: string, name: string): Pair {
  return { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}
