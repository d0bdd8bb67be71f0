import { renameSync, rmSync, writeFileSync } from 'node:fs';

import { isErrno } from '../../util/errno.js';
import { Failure } from '../../util/failure.js';
import { freeDiskSpace } from '../process/fullDisk.js';

/**
 * Replaces a file (mode 0600) in one step: a reader sees the old content or the new one.
 * @throws the system's error; the old content then stays, and no temporary file is left
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

/** Maps a file system error to a Failure if the user can fix it. @returns the error to throw */
export function notAccessible(error: unknown, path: string): unknown {
  if (!isErrno(error, 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOSPC')) return error;
  const { code = '' } = error as NodeJS.ErrnoException;
  const place =
    'Instances are stored in .gamemetrics of the current folder and belong to one user: change to ' +
    'a folder that you can write to, or set GAMEMETRICS_HOME to one.';
  return new Failure(`cannot use the folder ${path} (${code})`, {
    code: 'invalid_argument',
    cure: code === 'ENOSPC' ? freeDiskSpace : place,
    cause: error,
  });
}
