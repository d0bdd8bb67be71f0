import { Flags } from '@oclif/core';

import { Failure } from '../../util/failure.js';

/** Which dead letters a command is about. */
export const letterFlags = {
  error: Flags.string({
    summary: 'Only those with this error code, such as contract or not_json.',
    env: 'GAMEMETRICS_ERROR',
    helpValue: 'CODE',
  }),
  service: Flags.string({
    summary: 'Only those of this consumer service, such as event-logger.',
    env: 'GAMEMETRICS_SERVICE',
  }),
};

/** A dead letter's id. @throws Failure (usage) where it is none */
export function requireLetterId(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new Failure(`"${text}" is not the id of a dead letter`, {
    exit: 'usage',
    cure: 'It is the number that "gamemetrics dlq list" shows.',
  });
}

/** @throws Failure (checkFailed) that names those of the ids that were not found */
export function requireFound(ids: readonly number[], found: readonly { id: number }[]): void {
  const missing = ids.filter((id) => !found.some((letter) => letter.id === id));
  if (missing.length === 0) return;
  throw new Failure(`there is no dead letter ${missing.join(', ')}`, {
    exit: 'checkFailed',
    cure: 'See them all: gamemetrics dlq list',
  });
}
