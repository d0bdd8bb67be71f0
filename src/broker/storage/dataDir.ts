import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { BrokerError } from '../brokerError.js';
import { makeDir, readJson, replaceFile } from './files.js';
import { lockDir } from './lock.js';

/** Incremented when the format changes so that the broker cannot read older directories. */
const formatVersion = 1;

export interface DataDir {
  readonly dir: string;
  /** The cluster id, which never changes for a data directory. */
  readonly clusterId: string;
  /** Releases the lock. */
  release(): void;
}

/**
 * Locks a data directory and creates it if it does not exist.
 * @param clusterId used for a new directory only; undefined for a random one
 * @throws BrokerError DATA_DIR_LOCKED, DATA_DIR_UNUSABLE
 */
export function openDataDir(dir: string, clusterId: string | undefined): DataDir {
  try {
    makeDir(dir);
    const release = lockDir(dir);
    try {
      return { dir, clusterId: readFormat(dir, clusterId), release };
    } catch (error) {
      release();
      throw error;
    }
  } catch (error) {
    if (error instanceof BrokerError || !(error instanceof Error) || !('code' in error)) {
      throw error;
    }
    throw new BrokerError(
      'DATA_DIR_UNUSABLE',
      `the data directory ${dir} cannot be used: ${error.message}`,
      'Make it writable, or choose another directory.',
      error,
    );
  }
}

function readFormat(dir: string, clusterId: string | undefined): string {
  const file = join(dir, 'format.json');
  const stored = readJson(file);
  if (stored === undefined) {
    refuseForeign(dir);
    const id = clusterId ?? randomUUID();
    replaceFile(file, JSON.stringify({ format: formatVersion, clusterId: id }));
    return id;
  }
  if (
    typeof stored === 'object' &&
    stored !== null &&
    'format' in stored &&
    stored.format === formatVersion &&
    'clusterId' in stored &&
    typeof stored.clusterId === 'string'
  ) {
    return stored.clusterId;
  }
  throw new BrokerError(
    'DATA_DIR_UNUSABLE',
    `the data directory ${dir} was created by another version of the broker`,
    'Use that version, or delete the directory to start with an empty broker.',
  );
}

/**
 * Rejects a directory that contains files of another program. Files that a broker leaves when it is
 * killed before it has written format.json are accepted.
 */
function refuseForeign(dir: string): void {
  const foreign = readdirSync(dir).find(
    (name) => !name.startsWith('lock') && name !== 'format.json.tmp',
  );
  if (foreign !== undefined) {
    throw new BrokerError(
      'DATA_DIR_UNUSABLE',
      `the data directory ${dir} has no format.json but contains ${foreign}: a broker did not create it`,
      'Choose an empty or a new directory.',
    );
  }
}
