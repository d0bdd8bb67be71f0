import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import type { Environment } from '../../config/endpoints.js';
import { Failure, type Facts } from '../../util/failure.js';
import { notAccessible } from './files.js';

export const defaultInstance = 'default';

/** The name of an instance, for a command that has to be given it. */
export function nameFact(name: string): Facts {
  return name === defaultInstance ? {} : { name };
}

/** The folder of all instances: GAMEMETRICS_HOME, or `.gamemetrics` in the current folder. */
export function instancesHome(env: Environment, cwd: string): string {
  const home = env['GAMEMETRICS_HOME'] ?? '';
  return resolve(cwd, home === '' ? '.gamemetrics' : home);
}

/**
 * An instance's own folder.
 * @throws Failure (invalid_argument) where the name is none
 */
export function instanceDirectory(home: string, name: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,62}$/.test(name)) return join(home, name);
  throw new Failure(`"${name}" is not a name for an instance`, {
    code: 'invalid_argument',
    cure: 'Use up to 63 lower-case letters, digits and hyphens, with a letter or digit first.',
  });
}

/**
 * Makes an instance's folder where it is missing: for this user only, and not for git.
 * @throws Failure (invalid_argument) where the name is none, or the folder is not to be had
 */
export function makeInstanceDirectory(home: string, name: string): string {
  const directory = instanceDirectory(home, name);
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    // It may be there already, with a wider mode.
    chmodSync(directory, 0o700);
    const ignore = join(home, '.gitignore');
    if (!existsSync(ignore)) writeFileSync(ignore, '*\n', { mode: 0o600 });
    return directory;
  } catch (error) {
    throw notAccessible(error, directory);
  }
}
