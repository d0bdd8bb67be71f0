import type { Environment } from './endpoints.js';

/** The process's environment: the only place where it is read. */
export function environment(): Environment {
  return process.env;
}
