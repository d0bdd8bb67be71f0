import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { BrokerError } from '../brokerError.js';
import { makeDir, readJson, replaceFile } from './files.js';
import { lockDir } from './lock.js';

/** Raised when a broker could not read what an earlier one wrote. */
const formatVersion = 1;

export interface DataDir {
  readonly dir: string;
  /** Of the cluster that the data belong to, for as long as they exist. */
  readonly clusterId: string;
  /** Lets others use it. */
  release(): void;
}

/**
 * Takes a data directory, making it where it does not exist.
 * @param clusterId for a new directory; a random one where it is undefined
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
      'Make it writable, or choose another one.',
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
    `the data directory ${dir} was written by another version of the broker`,
    'Use that version, or delete the directory to start with an empty broker.',
  );
}

/**
 * A directory that is full of something else is no place for a log. What a broker has left there
 * that was killed before its format.json stood is not something else.
 */
function refuseForeign(dir: string): void {
  const foreign = readdirSync(dir).find(
    (name) => !name.startsWith('lock') && name !== 'format.json.tmp',
  );
  if (foreign !== undefined) {
    throw new BrokerError(
      'DATA_DIR_UNUSABLE',
      `the data directory ${dir} has no format.json but holds ${foreign}: it is not a broker's`,
      'Choose an empty directory or a new one.',
    );
  }
}
