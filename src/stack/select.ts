import { configFileName } from '../config/configFile.js';
import { externalVariables, type Environment } from '../config/endpoints.js';
import type { StackChoice, StackKind } from '../config/stackChoice.js';

export {
  stackChoices,
  stackKinds,
  type StackChoice,
  type StackKind,
} from '../config/stackChoice.js';

export interface StackSelection {
  readonly kind: StackKind;
  /** The reason, printed in parentheses after the kind. */
  readonly reason: string;
}

/** The input of `auto`, besides the environment. */
export interface Circumstances {
  /** The stack that the instance used last; undefined for a new instance. */
  readonly lastUsed: StackKind | undefined;
  /** Returns why containers cannot be started here; undefined if they can. */
  readonly findDockerProblem: () => Promise<string | undefined>;
}

/**
 * Decides which stack the pipeline runs on: an external stack if any of its variables is set; else
 * the stack that holds the instance's data, so that the data does not seem lost when Docker is
 * installed or stopped; else containers if Docker is available.
 */
export async function selectStack(
  choice: StackChoice,
  env: Environment,
  { lastUsed, findDockerProblem }: Circumstances,
): Promise<StackSelection> {
  if (choice !== 'auto') {
    return { kind: choice, reason: `set by --stack, GAMEMETRICS_STACK or ${configFileName}` };
  }
  const variable = externalVariables.find((name) => (env[name] ?? '') !== '');
  if (variable !== undefined) return { kind: 'external', reason: `${variable} is set` };
  if (lastUsed === 'embedded') return { kind: 'embedded', reason: 'its data is on this stack' };
  const problem = await findDockerProblem();
  if (problem === undefined) return { kind: 'docker', reason: 'a Docker engine answers' };
  if (lastUsed !== 'docker') return { kind: 'embedded', reason: problem };
  const kept = "earlier data of this instance stays in Docker's volumes";
  return { kind: 'embedded', reason: `${problem}; ${kept}` };
}
