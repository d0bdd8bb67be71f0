import { renameSync, rmSync, writeFileSync } from 'node:fs';

import { isErrno } from '../../util/errno.js';
import { Failure } from '../../util/failure.js';
import { freeSomeSpace } from '../process/fullDisk.js';

/**
 * Replaces a file (mode 0600) in one step: a reader sees the old content or the new one.
 * @throws the system's error, and then the old content stays and nothing else is left
 */
export function writeFileAtomically(file: string, content: string): void {
  const temporary = `${file}.${process.pid}`;
  try {
    writeFileSync(temporary, content, { mode: 0o600 });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** What to throw for an error of the file system: a Failure where it is the user's to solve. */
export function notAccessible(error: unknown, path: string): unknown {
  if (!isErrno(error, 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOSPC')) return error;
  const { code = '' } = error as NodeJS.ErrnoException;
  const place =
    "Instances live in .gamemetrics of the current folder, each a single user's: go where you " +
    'may write, or set GAMEMETRICS_HOME to such a folder.';
  return new Failure(`cannot use the folder ${path} (${code})`, {
    code: 'invalid_argument',
    cure: code === 'ENOSPC' ? freeSomeSpace : place,
    cause: error,
  });
}
