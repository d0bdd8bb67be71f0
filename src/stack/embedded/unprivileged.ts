import { readFileSync } from 'node:fs';
import { platform } from 'node:os';
import { delimiter } from 'node:path';

import type { Environment } from '../../config/endpoints.js';
import { Failure } from '../../util/failure.js';
import { findProgram } from './programs.js';

/** A user that a server runs as, and what goes before its command line to become that user. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
  readonly prefix: readonly string[];
}

/**
 * How to run a server that refuses to run as root, which PostgreSQL does.
 *
 * An ordinary user runs it as is (undefined). For root, the usual user in containers and on
 * CI machines, it runs as an account of the machine with no rights: `nobody`, or the owner of
 * existing data (sudo on a user's instance). Such an account may not enter the folders that hold
 * the programs and the data: a checkout in /root or in a CI's private folder. Copying both to a
 * public place would split an instance over two, outliving its folder; so instead the server keeps
 * one right of root's, to pass file permissions (CAP_DAC_OVERRIDE; unlike CAP_DAC_READ_SEARCH,
 * which would do, containers have it by default), as an ambient capability, and setpriv(1) of
 * util-linux drops all others for good. Only a database superuser could misuse that right, and
 * none can log in (see initialiseCluster).
 *
 * @param dataOwner who owns the data directory, where there is one
 * @throws Failure (service_failed) where root cannot do this here
 */
export function accountForServer(
  env: Environment,
  dataOwner?: { readonly uid: number; readonly gid: number },
): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const setpriv = findProgram('setpriv', env['PATH'] ?? ['/usr/bin', '/bin'].join(delimiter));
  if (platform() !== 'linux' || setpriv === undefined) {
    throw new Failure('PostgreSQL does not run as root, and setpriv is not here to change that', {
      code: 'service_failed',
      cure: 'Run gamemetrics as an ordinary user, or install util-linux.',
    });
  }
  const { uid, gid } = dataOwner !== undefined && dataOwner.uid !== 0 ? dataOwner : powerless();
  const capability = '-all,+dac_override';
  const prefix = [
    setpriv,
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    `--inh-caps=${capability}`,
    `--ambient-caps=${capability}`,
    `--bounding-set=${capability}`,
    // Else access(2), by which initdb looks for its programs, ignores the right of a user but root.
    '--securebits=+no_setuid_fixup',
    '--no-new-privs',
  ];
  return { uid, gid, prefix };
}

/** `nobody`, or else any account but root: initdb wants one that the machine knows. */
function powerless(): { uid: number; gid: number } {
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name, , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter(({ uid, gid }) => uid > 0 && gid > 0);
  const account = accounts.find(({ name }) => name === 'nobody') ?? accounts[0];
  if (account === undefined) {
    throw new Failure('PostgreSQL does not run as root, and this machine has no other account', {
      code: 'service_failed',
      cure: 'Run gamemetrics as an ordinary user.',
    });
  }
  return account;
}
