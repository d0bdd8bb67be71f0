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
  await rm(doomed, { recursive: true, force: true });
}
