import { isJsonObject } from '../pipeline/contract/json.js';
import type { Screen } from './terminal/terminal.js';
import { printable } from './terminal/text.js';

/** pino's levels that a reader must not overlook. */
const levels = new Map([
  [40, 'warn'],
  [50, 'error'],
  [60, 'fatal'],
]);

/**
 * A line of a process's log: for a terminal, a JSON line of ours as `time level message`; anything
 * else, and all of it in a pipe, as it was written.
 */
export function logLine(line: string, screen: Screen): string {
  if (!screen.interactive) return line;
  const entry = parse(line);
  if (entry === undefined) return printable(line);
  const { time, level, msg, group } = entry;
  const word = levels.get(level);
  return printable(
    [
      new Date(time).toISOString().slice(11, 23),
      ...(word === undefined ? [] : [word]),
      ...(typeof group === 'string' ? [`${group}:`] : []),
      msg,
    ].join(' '),
  );
}

interface Entry {
  /** Epoch milliseconds. */
  readonly time: number;
  readonly level: number;
  readonly msg: string;
  readonly group: unknown;
}

function parse(line: string): Entry | undefined {
  if (!line.startsWith('{')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // It is not of ours, or was cut off.
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const { time, level, msg, group } = value;
  const isEntry = typeof time === 'number' && typeof level === 'number' && typeof msg === 'string';
  return isEntry ? { time, level, msg, group } : undefined;
}
