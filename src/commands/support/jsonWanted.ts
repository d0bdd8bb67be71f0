import type { Environment } from '../../config/endpoints.js';

/** The values of a variable with which oclif sets a boolean flag. */
const truthy = ['1', 'true', 'y', 'yes'];

/**
 * Whether --json or its variable is set. Reads the raw arguments, because parsing them may be what
 * failed.
 */
export function jsonWanted(argv: readonly string[], env: Environment): boolean {
  const end = argv.indexOf('--');
  const options = end < 0 ? argv : argv.slice(0, end);
  return (
    options.includes('--json') || truthy.includes((env['GAMEMETRICS_JSON'] ?? '').toLowerCase())
  );
}
