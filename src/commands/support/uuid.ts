import { Failure } from '../../util/failure.js';

/** An event_id as the stores print it: in lower case. @throws Failure (usage) where it is none */
export function requireUuid(text: string): string {
  if (/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text)) return text.toLowerCase();
  throw new Failure(`"${text}" is not an event_id`, {
    exit: 'usage',
    cure: 'It is the UUID that ingest answered, such as 0190f1c2-7b5e-7c33-9d6b-0d6f3b1c2a10.',
  });
}
