import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { isErrno } from '../../util/errno.js';
import { stackKinds, type StackKind } from '../select.js';
import { notAccessible, writeFileAtomically } from './files.js';

/** The stacks that may hold data of an instance, most recently used first. */
export function readStacks(directory: string): StackKind[] {
  try {
    const kinds = JSON.parse(readFileSync(stacksFile(directory), 'utf8')) as unknown[];
    return kinds.flatMap((kind) => stackKinds.filter((known) => known === kind));
  } catch (error) {
    // No file, or one that a crash has truncated: the folder shows whether there is embedded data.
    if (isErrno(error, 'ENOENT', 'ENOTDIR') || error instanceof SyntaxError) {
      return existsSync(join(directory, 'postgres', 'data')) ? ['embedded'] : [];
    }
    throw notAccessible(error, directory);
  }
}

/** Records that an instance runs on this stack, before anything is stored there. */
export function rememberStack(directory: string, kind: StackKind): void {
  const others = readStacks(directory).filter((other) => other !== kind);
  writeFileAtomically(stacksFile(directory), `${JSON.stringify([kind, ...others])}\n`);
}

function stacksFile(directory: string): string {
  return join(directory, 'stacks.json');
}
