import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import type { Environment } from '../../config/endpoints.js';
import { Failure, type Facts } from '../../util/failure.js';
import { notAccessible } from './files.js';

export const defaultInstance = 'default';

/**
 * The instance name as a fact for the command that fixes a failure; none for the default instance.
 */
export function nameFact(name: string): Facts {
  return name === defaultInstance ? {} : { name };
}

/** The folder of all instances: GAMEMETRICS_HOME, or `.gamemetrics` in the current folder. */
export function instancesHome(env: Environment, cwd: string): string {
  const home = env['GAMEMETRICS_HOME'] ?? '';
  return resolve(cwd, home === '' ? '.gamemetrics' : home);
}

/**
 * The folder of an instance.
 * @throws Failure (invalid_argument) if the name is invalid
 */
export function instanceDirectory(home: string, name: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,62}$/.test(name)) return join(home, name);
  throw new Failure(`"${name}" is not a valid instance name`, {
    code: 'invalid_argument',
    cure: 'Use up to 63 lower-case letters, digits and hyphens, with a letter or digit first.',
  });
}

/**
 * Creates an instance's folder if it is missing, private to this user and ignored by git.
 * @throws Failure (invalid_argument) if the name is invalid, or the folder cannot be used
 */
export function makeInstanceDirectory(home: string, name: string): string {
  const directory = instanceDirectory(home, name);
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    // It may already exist with a wider mode.
    chmodSync(directory, 0o700);
    const ignore = join(home, '.gitignore');
    if (!existsSync(ignore)) writeFileSync(ignore, '*\n', { mode: 0o600 });
    return directory;
  } catch (error) {
    throw notAccessible(error, directory);
  }
}
