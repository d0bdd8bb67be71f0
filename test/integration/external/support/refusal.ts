import { exitCodeOf, fixOf } from '../../../../src/app/exits.js';
import type { Environment } from '../../../../src/config/endpoints.js';
import { endpointsFromEnvironment } from '../../../../src/config/endpoints.js';
import { checkStores, combined } from '../../../../src/diagnostics/checkStores.js';
import type { StoreName } from '../../../../src/stores/errors.js';
import type { Failure } from '../../../../src/util/failure.js';

/** A failure as reported to the user: message, fix and exit code; and its duration. */
export interface Refusal {
  readonly message: string;
  readonly cure: string;
  readonly code: number;
  readonly seconds: number;
}

/** The failure of the check of one service in the environment; undefined if it passes. */
export async function refusalOf(store: StoreName, env: Environment): Promise<Refusal | undefined> {
  const begin = performance.now();
  const verdict = async (): Promise<Failure | undefined> => {
    const problems = await checkStores(endpointsFromEnvironment(env), [store]);
    return problems.length === 0 ? undefined : combined(problems);
  };
  const failure = await verdict();
  if (failure === undefined) return undefined;
  const { message } = failure;
  const cure = fixOf(failure) ?? '';
  return { message, cure, code: exitCodeOf(failure), seconds: (performance.now() - begin) / 1000 };
}
