import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { isErrno } from '../util/errno.js';
import { Failure } from '../util/failure.js';
import { setDefaults } from './environment.js';

/** The file in which a project says how its instances are set up, in the folder of its commands. */
export const configFileName = 'gamemetrics.yaml';

/**
 * Lets a folder's config file, where there is one, stand in for the variables that are not set. So
 * a flag wins over its variable, that over the file, and that over the default.
 * @throws Failure (usage) where it cannot be read, or names the line and the field that is wrong
 */
export async function applyConfigFile(directory: string): Promise<void> {
  const text = readIfThere(join(directory, configFileName));
  if (text === undefined) return;
  // What checks it takes as long to load as the rest of a small command.
  const { variablesFrom } = await import('./configFields.js');
  setDefaults(variablesFrom(text, configFileName));
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (isErrno(cause, 'ENOENT')) return undefined;
    throw new Failure(`cannot read ${path}: ${(cause as Error).message}`, {
      exit: 'usage',
      cure: 'Make it a file that you may read, or move it away.',
      cause,
    });
  }
}
