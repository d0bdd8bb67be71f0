import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline/promises';

import { Failure } from '../../util/failure.js';

/**
 * Asks the user at the terminal for confirmation.
 * @throws Failure (invalid_argument) if there is no terminal, or the answer is not yes
 */
export async function confirm(question: string, signal: AbortSignal): Promise<void> {
  requireTerminal();
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await ask(terminal, `${question} [y/N] `, signal);
    if (/^y(es)?$/i.test(answer.trim())) return;
  } finally {
    terminal.close();
  }
  throw new Failure('not confirmed: nothing was changed', { code: 'invalid_argument' });
}

/** Returns the answer, which is empty if the user ends the input (Ctrl-D). */
async function ask(terminal: Interface, question: string, signal: AbortSignal): Promise<string> {
  // While readline reads a line, Ctrl-C is a character and not a signal.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const ended = once(terminal, 'close').then(() => '');
  const answered = terminal.question(question, { signal }).catch((error: unknown) => {
    // Newer versions of Node.js reject if the input ends.
    if (!signal.aborted) return '';
    throw error;
  });
  return Promise.race([answered, ended]);
}

/** @throws Failure (invalid_argument) if stdin or stderr is not a terminal */
export function requireTerminal(): void {
  if (process.stdin.isTTY && process.stderr.isTTY) return;
  throw new Failure('a change to external services needs confirmation, and there is no terminal', {
    code: 'invalid_argument',
    cure: 'To confirm without a terminal, give --yes.',
  });
}
