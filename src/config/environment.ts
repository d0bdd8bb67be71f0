import type { Environment } from './endpoints.js';

/** The process's environment, which is read and written only in this file. */
export function environment(): Environment {
  return process.env;
}

/** Sets the variables that are unset or empty, for all later reads of the environment. */
export function setDefaults(variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(variables)) {
    if ((process.env[name] ?? '') === '') process.env[name] = value;
  }
}
