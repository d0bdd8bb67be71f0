import { readFileSync } from 'node:fs';

import { Failure } from '../util/failure.js';
import { valueOf, type Environment } from './endpoints/variables.js';

const keysVariable = 'GAMEMETRICS_API_KEYS';
const fileVariable = 'GAMEMETRICS_API_KEYS_FILE';

/** The variables that hold, or name a file with, what opens ingest. */
export const apiKeyVariables = [keysVariable, fileVariable] as const;

/** What a header can carry without quoting, and long enough not to be guessed. */
const keyPattern = /^[\w.~+/=-]{16,512}$/;

/**
 * The keys of which ingest asks one: from GAMEMETRICS_API_KEYS, with commas between, or the file
 * that GAMEMETRICS_API_KEYS_FILE names, one a line, `#` before a comment. Several, so that they can
 * be changed without an interruption.
 * @returns none where neither variable is set: ingest asks for no key
 * @throws Failure (usage) for a key that is too weak, both variables, or a file that gives none; it
 *   shows no key
 */
export function apiKeysFromEnvironment(env: Environment): readonly string[] {
  const list = valueOf(env, keysVariable);
  const file = valueOf(env, fileVariable);
  if (list !== undefined && file !== undefined) {
    throw refusal(`${keysVariable} and ${fileVariable} are both set`, 'Set one of them.');
  }
  if (list !== undefined) return checked(keysVariable, list.split(','));
  return file === undefined ? [] : checked(fileVariable, linesOf(file));
}

/** The key that our own clients show, where one is set. @throws as {@link apiKeysFromEnvironment} */
export function clientApiKey(env: Environment): string | undefined {
  return apiKeysFromEnvironment(env)[0];
}

/**
 * What to tell whoever lets ingest listen there; undefined where there is nothing to tell.
 * @param host the address that it listens on
 */
export function exposureWarning(host: string, apiKeys: readonly string[]): string | undefined {
  if (apiKeys.length > 0 || /^(127\.\d+\.\d+\.\d+|::1|localhost)$/i.test(host)) return undefined;
  return (
    `ingest listens on ${host}, and whoever reaches it may write events and read players' data: ` +
    `set ${keysVariable}, or let it listen on 127.0.0.1`
  );
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('#'));
  } catch (cause) {
    const { code = 'an error' } = cause as NodeJS.ErrnoException;
    throw refusal(
      `${fileVariable}: cannot read ${file} (${code})`,
      'Name a file with one key a line that this user may read.',
      cause,
    );
  }
}

function checked(variable: string, given: readonly string[]): readonly string[] {
  const keys = given.map((key) => key.trim());
  const wrong = keys.findIndex((key) => !keyPattern.test(key));
  if (keys.length > 0 && wrong === -1) return keys;
  throw refusal(
    keys.length === 0
      ? `${variable} gives no key`
      : `${variable}: key ${wrong + 1} is not one: it takes 16 to 512 letters, digits or ._~+/=-`,
    'Make one: openssl rand -hex 24',
  );
}

function refusal(message: string, cure: string, cause?: unknown): Failure {
  return new Failure(message, { exit: 'usage', cure, cause });
}
