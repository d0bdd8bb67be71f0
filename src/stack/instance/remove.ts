import { rename, rm } from 'node:fs/promises';
import { isErrno } from '../process/identity.js';

/**
 * Removes an instance's folder with everything in it, its lock too, which the caller holds: by
 * name first, so that whoever starts the instance meanwhile finds all of it or nothing.
 */
export async function removeInstanceDirectory(directory: string): Promise<void> {
  const doomed = `${directory}.wiped-${process.pid}`;
  try {
    await rename(directory, doomed);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return;
    throw error;
  }
  await removeTree(doomed);
}

/**
 * Removes a folder with everything in it. Server processes that were killed may still write there for
 * a moment, until they notice: then it is tried again.
 */
export async function removeTree(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}
