import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { isErrno } from '../../util/errno.js';

/**
 * Removes an instance's folder, including its lock, which the caller holds. The folder is renamed
 * first, so that a concurrent start finds all of it or nothing.
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

/** Completes interrupted removals of that folder. Safe to call during a removal. */
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
 * Removes a folder recursively. Retries, since the children of a killed server may still write to
 * it for a moment.
 */
export async function removeTree(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}
