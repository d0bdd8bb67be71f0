import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline/promises';

import { Failure } from '../../util/failure.js';

/**
 * Asks a person at the terminal whether to go on.
 * @throws Failure (usage) where there is no person to ask, or the answer is not yes
 */
export async function confirm(question: string, signal: AbortSignal): Promise<void> {
  requirePerson();
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await ask(terminal, `${question} [y/N] `, signal);
    if (/^y(es)?$/i.test(answer.trim())) return;
  } finally {
    terminal.close();
  }
  throw new Failure('not confirmed: nothing was changed', { exit: 'usage' });
}

/** What a person answers: nothing where they end the input (Ctrl-D). */
async function ask(terminal: Interface, question: string, signal: AbortSignal): Promise<string> {
  // While a line is read, Ctrl-C is a character, not yet a signal.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const ended = once(terminal, 'close').then(() => '');
  const answered = terminal.question(question, { signal }).catch((error: unknown) => {
    // Newer versions of Node reject where the input ends.
    if (!signal.aborted) return '';
    throw error;
  });
  return Promise.race([answered, ended]);
}

/** @throws Failure (usage) where stdin and stderr are not a terminal */
export function requirePerson(): void {
  if (process.stdin.isTTY && process.stderr.isTTY) return;
  throw new Failure(
    'these services are not an instance of its own, and nobody is here to be asked',
    {
      exit: 'usage',
      cure: 'Say --yes if that is meant.',
    },
  );
}
