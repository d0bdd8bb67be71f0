import type { Environment } from '../../../../src/config/endpoints.js';
import { endpointsFromEnvironment } from '../../../../src/config/endpoints.js';
import { checkStores, combined } from '../../../../src/diagnostics/checkStores.js';
import type { StoreName } from '../../../../src/stores/errors.js';
import { exitCodes, Failure } from '../../../../src/util/failure.js';

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
  const { message, cure = '', exit } = failure;
  return { message, cure, code: exitCodes[exit], seconds: (performance.now() - begin) / 1000 };
}
