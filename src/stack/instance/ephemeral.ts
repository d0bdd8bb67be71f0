import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { isErrno } from '../../util/errno.js';
import { isAbandoned } from './lock.js';

const prefix = 'gamemetrics-instance-';

/**
 * Makes a home in the system's temporary folder, for an instance that leaves nothing behind. Also
 * removes such homes whose process was killed before it could clean up.
 */
export function makeEphemeralHome(): string {
  removeAbandonedHomes();
  return mkdtempSync(join(tmpdir(), prefix));
}

function removeAbandonedHomes(): void {
  const uid = process.getuid?.();
  const homes = readdirSync(tmpdir())
    .filter((entry) => entry.startsWith(prefix))
    .map((entry) => join(tmpdir(), entry));
  for (const home of homes) {
    try {
      if (statSync(home).uid !== uid) continue;
      const instances = readdirSync(home, { withFileTypes: true }).filter((it) => it.isDirectory());
      const abandoned = instances.every(({ name }) => isAbandoned(join(home, name)));
      if (abandoned && instances.length > 0) rmSync(home, { recursive: true, force: true });
    } catch (error) {
      // Its own process, or another one that starts an instance, is removing it.
      if (!isErrno(error, 'ENOENT', 'ENOTEMPTY')) throw error;
    }
  }
}
