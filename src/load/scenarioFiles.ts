import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Failure } from '../util/failure.js';
import { packageFile } from '../util/paths.js';
import { parseScenario, type Scenario } from './scenario.js';

const folder = 'fixtures/scenarios';
const extension = '.yaml';

/** The names of the built-in scenarios. */
function builtIn(): string[] {
  return readdirSync(packageFile(folder))
    .filter((file) => file.endsWith(extension))
    .map((file) => file.slice(0, -extension.length))
    .sort();
}

/**
 * Loads a scenario: a file, or a built-in scenario by its name.
 * @throws Failure (invalid_argument) if it cannot be read, or with the line and field of every problem
 */
export function loadScenario(nameOrFile: string): Scenario {
  const isBuiltIn = builtIn().includes(nameOrFile) && !existsSync(nameOrFile);
  const file = isBuiltIn ? packageFile(join(folder, nameOrFile + extension)) : nameOrFile;
  return parseScenario(readText(file), nameOrFile);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Failure(`cannot read the scenario ${file}: ${(cause as Error).message}`, {
      code: 'invalid_argument',
      cure: `Use a YAML file or a built-in scenario: ${builtIn().join(', ')}.`,
      cause,
    });
  }
}
