import { Failure } from '../util/failure.js';
import type { Environment } from './endpoints.js';

/** Names the ingest server of services that no instance of ours runs. */
export const urlVariable = 'GAMEMETRICS_URL';

/** The address of ingest that the environment names, if any. @throws Failure (usage) where it is none */
export function ingestUrlOf(env: Environment): string | undefined {
  const text = env[urlVariable] ?? '';
  return text === '' ? undefined : checkedUrl(text);
}

/**
 * The origin of an ingest server's address; its user and password, if any, are not shown.
 * @throws Failure (usage) where it is no HTTP URL
 */
export function checkedUrl(text: string): string {
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return new URL(text).origin;
  throw new Failure('that is not the address of an ingest server', {
    exit: 'usage',
    cure: `Give --url (or ${urlVariable}) something like http://127.0.0.1:8080.`,
  });
}
