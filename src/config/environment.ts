import type { Environment } from './endpoints.js';

/** The process's environment: the only place where it is read, and this file where it is written. */
export function environment(): Environment {
  return process.env;
}

/** Sets variables where they are not set or empty, for all that reads the environment after this. */
export function setDefaults(variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(variables)) {
    if ((process.env[name] ?? '') === '') process.env[name] = value;
  }
}
