import { Failure } from '../util/failure.js';
import type { Environment } from './endpoints.js';

/** Names the ingest server of external services. */
export const urlVariable = 'GAMEMETRICS_URL';

/** The address of ingest in the environment, if any. @throws Failure (invalid_setting) if it is invalid */
export function ingestUrlOf(env: Environment): string | undefined {
  const text = env[urlVariable] ?? '';
  return text === '' ? undefined : checkedUrl(text);
}

/**
 * The origin of an ingest server's address; its user and password, if any, are not shown.
 * @throws Failure (invalid_setting) if it is not an HTTP URL
 */
export function checkedUrl(text: string): string {
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return new URL(text).origin;
  throw new Failure('this is not the address of an ingest server', {
    code: 'invalid_setting',
    cure: `Set --url (or ${urlVariable}) to an address such as http://127.0.0.1:8080.`,
  });
}
