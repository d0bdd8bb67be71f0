import type { Environment } from '../../config/endpoints.js';

/** The values that oclif takes for a flag that is set by its variable. */
const truthy = ['1', 'true', 'y', 'yes'];

/**
 * Whether --json or its variable is set, read from the raw arguments, for where parsing them is what
 * failed.
 */
export function jsonWanted(argv: readonly string[], env: Environment): boolean {
  const end = argv.indexOf('--');
  const options = end < 0 ? argv : argv.slice(0, end);
  return (
    options.includes('--json') || truthy.includes((env['GAMEMETRICS_JSON'] ?? '').toLowerCase())
  );
}
