import { readFileSync } from 'node:fs';

import { Failure } from '../util/failure.js';
import { valueOf, type Environment } from './endpoints/variables.js';

const keysVariable = 'GAMEMETRICS_API_KEYS';
const fileVariable = 'GAMEMETRICS_API_KEYS_FILE';

/** The variables that hold the API keys of ingest, or name a file with them. */
export const apiKeyVariables = [keysVariable, fileVariable] as const;

/** Characters that a header carries without quoting; long enough to resist guessing. */
const keyPattern = /^[\w.~+/=-]{16,512}$/;

/**
 * Reads the API keys that ingest accepts: comma-separated in GAMEMETRICS_API_KEYS, or one per line
 * in the file that GAMEMETRICS_API_KEYS_FILE names, with `#` before a comment. Several keys allow
 * rotation without downtime.
 * @returns none if neither variable is set: ingest then requires no key
 * @throws Failure (invalid_setting) if a key is invalid, both variables are set, or the file has no key; the
 *   message contains no key
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

/** The key that our own clients send, if one is set. @throws as {@link apiKeysFromEnvironment} */
export function clientApiKey(env: Environment): string | undefined {
  return apiKeysFromEnvironment(env)[0];
}

/**
 * The warning about an ingest server that others can reach without a key; undefined if none is due.
 * @param host the address that it listens on
 */
export function exposureWarning(host: string, apiKeys: readonly string[]): string | undefined {
  if (apiKeys.length > 0 || /^(127\.\d+\.\d+\.\d+|::1|localhost)$/i.test(host)) return undefined;
  return (
    `ingest listens on ${host} without API keys: any client that can reach it can write events ` +
    `and read players' data; set ${keysVariable}, or listen on 127.0.0.1`
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
      'Name a readable file with one key per line.',
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
      ? `${variable} has no key`
      : `${variable}: key ${wrong + 1} is invalid: a key has 16 to 512 letters, digits or ._~+/=-`,
    'Generate a key: openssl rand -hex 24',
  );
}

function refusal(message: string, cure: string, cause?: unknown): Failure {
  return new Failure(message, { code: 'invalid_setting', cure, cause });
}
