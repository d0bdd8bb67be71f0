import { readFileSync } from 'node:fs';
import { platform } from 'node:os';
import { delimiter } from 'node:path';

import type { Environment } from '../../config/endpoints.js';
import { Failure } from '../../util/failure.js';
import { findProgram } from './programs.js';

/** The user that a server runs as, and the command prefix that switches to that user. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
  readonly prefix: readonly string[];
}

/**
 * How to run a server that refuses to run as root, which PostgreSQL does.
 *
 * An ordinary user runs it directly (undefined). For root, the usual user in containers and on CI
 * machines, it runs as an unprivileged account of the machine: `nobody`, or the owner of existing
 * data (sudo on a user's instance). Such an account may not be able to enter the folders that hold
 * the programs and the data, such as a checkout in /root or in a private folder of the CI. Copying
 * both to a public folder would split an instance, and leave files behind when its folder is
 * removed. Instead, the server keeps one capability of root: to bypass file permissions
 * (CAP_DAC_OVERRIDE; CAP_DAC_READ_SEARCH would suffice, but containers lack it by default). It is
 * an ambient capability, and setpriv(1) of util-linux drops all others permanently. Only a database
 * superuser could misuse it, and no superuser can log in (see initialiseCluster).
 *
 * @param dataOwner the owner of the data directory, if it exists
 * @throws Failure (service_failed) if root cannot switch users here
 */
export function accountForServer(
  env: Environment,
  dataOwner?: { readonly uid: number; readonly gid: number },
): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const setpriv = findProgram('setpriv', env['PATH'] ?? ['/usr/bin', '/bin'].join(delimiter));
  if (platform() !== 'linux' || setpriv === undefined) {
    throw new Failure(
      'PostgreSQL does not run as root, and setpriv is not available to switch users',
      {
        code: 'service_failed',
        cure: 'Run gamemetrics as an ordinary user, or install util-linux.',
      },
    );
  }
  const { uid, gid } =
    dataOwner !== undefined && dataOwner.uid !== 0 ? dataOwner : unprivilegedAccount();
  const capability = '-all,+dac_override';
  const prefix = [
    setpriv,
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    `--inh-caps=${capability}`,
    `--ambient-caps=${capability}`,
    `--bounding-set=${capability}`,
    // Without it, access(2), which initdb uses to find its programs, ignores the capability.
    '--securebits=+no_setuid_fixup',
    '--no-new-privs',
  ];
  return { uid, gid, prefix };
}

/** `nobody`, or else any account except root: initdb requires one that exists on the machine. */
function unprivilegedAccount(): { uid: number; gid: number } {
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
