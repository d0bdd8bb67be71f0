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

/** Files hold players' data: only their owner may read them. */
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

/** Fills as much of `into` as the file has from `position` on. @returns bytes read */
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
 * Replaces a file's content so that a crash leaves either the old or the new, never a mix.
 * @throws the system's error, and then the old content stays and nothing else is left
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

/** Makes a rename in the directory survive a power cut. */
function syncDir(dir: string): void {
  const fd = openSync(dir, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * @returns the parsed JSON, or undefined where there is no such file
 * @throws BrokerError DATA_DIR_UNUSABLE where it is not JSON: files are replaced atomically, so no
 *   crash leaves that behind
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
