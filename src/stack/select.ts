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
  /** The reason, which is printed in parentheses behind the kind. */
  readonly reason: string;
}

/** What `auto` goes by, beside the environment. */
export interface Circumstances {
  /** The stack that holds what the instance stored last; undefined for a new instance. */
  readonly lastUsed: StackKind | undefined;
  /** The reason why containers cannot be started here; undefined where they can. */
  readonly findDockerProblem: () => Promise<string | undefined>;
}

/**
 * Decides what the pipeline runs on: an external stack where any of its variables is set; else the
 * stack that the instance's data is on, so that it does not seem lost where Docker comes or goes;
 * else containers where there can be any.
 */
export async function selectStack(
  choice: StackChoice,
  env: Environment,
  { lastUsed, findDockerProblem }: Circumstances,
): Promise<StackSelection> {
  if (choice !== 'auto') {
    return { kind: choice, reason: `as --stack, GAMEMETRICS_STACK or ${configFileName} says` };
  }
  const variable = externalVariables.find((name) => (env[name] ?? '') !== '');
  if (variable !== undefined) return { kind: 'external', reason: `${variable} is set` };
  if (lastUsed === 'embedded') return { kind: 'embedded', reason: 'as before: its data is here' };
  const problem = await findDockerProblem();
  if (problem === undefined) return { kind: 'docker', reason: 'a Docker engine answers' };
  if (lastUsed !== 'docker') return { kind: 'embedded', reason: problem };
  const kept = "what this instance stored is in Docker's volumes and waits there";
  return { kind: 'embedded', reason: `${problem}; ${kept}` };
}
