import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { Failure } from '../../util/failure.js';
import { instanceDirectory, nameFact } from './home.js';

export interface ProcessLog {
  readonly process: string;
  readonly file: string;
}

const suffix = '.log';

/**
 * The logs of an instance, running or not, sorted by process name; with a name, only that one.
 * @throws Failure: never_ran if it has no logs, invalid_argument if none has that name
 */
export function listLogs(home: string, name: string, process?: string): ProcessLog[] {
  const directory = instanceDirectory(home, name);
  const files = existsSync(directory) ? readdirSync(directory) : [];
  const logs = files
    .filter((file) => file.endsWith(suffix))
    .map((file) => ({ process: file.slice(0, -suffix.length), file: join(directory, file) }))
    .sort((one, other) => one.process.localeCompare(other.process));
  if (logs.length === 0) {
    throw new Failure(
      `instance "${name}" has no logs: it has not run here, or its data was removed`,
      {
        code: 'never_ran',
        facts: nameFact(name),
      },
    );
  }
  const chosen = logs.filter((log) => process === undefined || log.process === process);
  if (chosen.length > 0) return chosen;
  throw new Failure(`instance "${name}" has no process "${process ?? ''}"`, {
    code: 'invalid_argument',
    cure: `Its processes: ${logs.map((log) => log.process).join(', ')}.`,
  });
}
