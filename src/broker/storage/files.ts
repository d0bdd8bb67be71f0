import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

import { isErrno } from '../../util/errno.js';
import { BrokerError } from '../brokerError.js';

/** Files contain player data, so only the owner can read them. */
export const fileMode = 0o600;
const dirMode = 0o700;

export function makeDir(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: dirMode });
}

/** Writes all of `bytes` at `position`, and continues after a short write. */
export function writeFully(fd: number, bytes: Buffer, position: number): void {
  let done = 0;
  while (done < bytes.length) {
    done += writeSync(fd, bytes, done, bytes.length - done, position + done);
  }
}

/** Reads from `position` until `into` is full or the file ends. @returns the bytes read */
export function readFully(fd: number, into: Buffer, position: number): number {
  let done = 0;
  while (done < into.length) {
    const count = readSync(fd, into, done, into.length - done, position + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

/**
 * Replaces a file atomically: after a crash it has either the old or the new content.
 * @throws the system's error; the old content then stays, and no temporary file is left
 */
export function replaceFile(file: string, content: string): void {
  const temporary = `${file}.tmp`;
  try {
    writeToDisk(temporary, content);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncDir(dirname(file));
}

function writeToDisk(file: string, content: string): void {
  const fd = openSync(file, 'w', fileMode);
  try {
    writeFileSync(fd, content);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Flushes a directory, so that a rename in it survives a power failure. */
function syncDir(dir: string): void {
  const fd = openSync(dir, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * @returns the parsed JSON, or undefined if the file does not exist
 * @throws BrokerError DATA_DIR_UNUSABLE if it is not JSON; a crash cannot cause that, since files
 *   are replaced atomically
 */
export function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    if (error instanceof SyntaxError) {
      throw new BrokerError(
        'DATA_DIR_UNUSABLE',
        `${file} is damaged: ${error.message}`,
        'Restore it, or delete the data directory to start with an empty broker.',
        error,
      );
    }
    throw error;
  }
}
