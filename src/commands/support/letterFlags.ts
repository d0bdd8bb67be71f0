import { Flags } from '@oclif/core';

import { Failure } from '../../util/failure.js';

/** Selects dead letters. */
export const letterFlags = {
  error: Flags.string({
    summary: 'Only dead letters with this error code, such as contract or not_json.',
    env: 'GAMEMETRICS_ERROR',
    helpValue: 'CODE',
  }),
  service: Flags.string({
    summary: 'Only dead letters of this consumer service, such as event-logger.',
    env: 'GAMEMETRICS_SERVICE',
  }),
};

/** Parses the id of a dead letter. @throws Failure (invalid_argument) if it is not a number */
export function requireLetterId(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new Failure(`"${text}" is not the id of a dead letter`, {
    code: 'invalid_argument',
    cure: 'Give a number that "gamemetrics dlq list" shows.',
  });
}

/** @throws Failure (check_failed) that names the ids that were not found */
export function requireFound(ids: readonly number[], found: readonly { id: number }[]): void {
  const missing = ids.filter((id) => !found.some((letter) => letter.id === id));
  if (missing.length === 0) return;
  throw new Failure(`there is no dead letter ${missing.join(', ')}`, {
    code: 'check_failed',
    cure: 'To list them: gamemetrics dlq list',
  });
}
