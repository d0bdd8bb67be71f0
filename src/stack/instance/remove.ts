import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { isErrno } from '../../util/errno.js';

/**
 * Removes an instance's folder with everything in it, its lock too, which the caller holds: by
 * name first, so that a concurrent start finds all of it or nothing.
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

/** Ends the removals of that folder that were interrupted. One that is under way may be joined. */
export async function finishRemovals(directory: string): Promise<void> {
  const home = dirname(directory);
  const prefix = `${basename(directory)}.wiped-`;
  for (const name of await filesIn(home)) {
    if (name.startsWith(prefix)) await removeTree(join(home, name));
  }
}

async function filesIn(home: string): Promise<string[]> {
  try {
    return await readdir(home);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

/**
 * Removes a folder with everything in it. Server processes that were killed may still write there for
 * a moment, until they notice: then it is tried again.
 */
export async function removeTree(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}
