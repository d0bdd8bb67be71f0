import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Failure } from '../util/failure.js';
import { packageFile } from '../util/paths.js';
import { parseScenario, type Scenario } from './scenario.js';

const folder = 'fixtures/scenarios';
const extension = '.yaml';

/** The scenarios that come with gamemetrics, by name. */
function shipped(): string[] {
  return readdirSync(packageFile(folder))
    .filter((file) => file.endsWith(extension))
    .map((file) => file.slice(0, -extension.length))
    .sort();
}

/**
 * Reads a scenario: a file, or one that comes with gamemetrics by its name.
 * @throws Failure (usage) where there is none, or what is wrong in it by line and field
 */
export function loadScenario(given: string): Scenario {
  const own = shipped().includes(given) && !existsSync(given);
  const file = own ? packageFile(join(folder, given + extension)) : given;
  return parseScenario(readText(file), given);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Failure(`cannot read the scenario ${file}: ${(cause as Error).message}`, {
      exit: 'usage',
      cure: `Give a YAML file, or one that comes along: ${shipped().join(', ')}.`,
      cause,
    });
  }
}
