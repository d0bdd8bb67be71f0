import type { Hook } from '@oclif/core';

import { exitCodes, type ExitReason } from '../app/exits.js';
import { jsonWanted } from '../commands/support/jsonWanted.js';
import { environment } from '../config/environment.js';
import { nearest } from './nearest.js';

/** Suggests the command that the user probably meant. */
const commandNotFound: Hook.CommandNotFound = function ({ id, argv = [], config }) {
  const typed = id.replaceAll(':', ' ');
  const known = config.commands.filter(({ hidden }) => !hidden).map((command) => command.id);
  const meant = nearest(typed, [...known, ...config.topics.map(({ name }) => name)].map(asTyped));
  const message = `"${typed}" is not a command of ${config.bin}`;
  const cure =
    meant === undefined
      ? `See: ${config.bin} --help`
      : `Did you mean "${config.bin} ${meant}"? All commands: ${config.bin} --help`;
  if (jsonWanted(argv, environment())) {
    const error = { message, cure, exit: 'usage' satisfies ExitReason };
    process.stdout.write(`${JSON.stringify({ error })}\n`);
  } else {
    process.stderr.write(`error: ${message}\n${cure}\n`);
  }
  this.exit(exitCodes.usage);
  return Promise.resolve();
};

export default commandNotFound;

function asTyped(id: string): string {
  return id.replaceAll(':', ' ');
}
