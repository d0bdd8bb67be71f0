import { Failure } from '../../util/failure.js';

/** An event_id in lower case, as the stores print it. @throws Failure (invalid_argument) if it is not a UUID */
export function requireUuid(text: string): string {
  if (/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text)) return text.toLowerCase();
  throw new Failure(`"${text}" is not an event_id`, {
    code: 'invalid_argument',
    cure: 'Give the UUID that ingest returned, such as 0190f1c2-7b5e-7c33-9d6b-0d6f3b1c2a10.',
  });
}
