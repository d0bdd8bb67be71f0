import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { isErrno } from '../util/errno.js';
import { Failure } from '../util/failure.js';
import { setDefaults } from './environment.js';

/** The file with a project's settings, in the folder in which its commands run. */
export const configFileName = 'gamemetrics.yaml';

/**
 * Sets the variables that are not set from a folder's config file, if there is one. A flag thus
 * overrides its variable, a variable the file, and the file the default.
 * @throws Failure (invalid_setting) if the file cannot be read, or that names the line and the invalid field
 */
export async function applyConfigFile(directory: string): Promise<void> {
  const text = readIfThere(join(directory, configFileName));
  if (text === undefined) return;
  // Imported only if needed: it takes as long to load as the rest of a small command.
  const { variablesFrom } = await import('./configFields.js');
  setDefaults(variablesFrom(text, configFileName));
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (isErrno(cause, 'ENOENT')) return undefined;
    throw new Failure(`cannot read ${path}: ${(cause as Error).message}`, {
      code: 'invalid_setting',
      cure: 'Make it a readable file, or remove it.',
      cause,
    });
  }
}
