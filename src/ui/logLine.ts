import { isJsonObject } from '../pipeline/contract/json.js';
import type { Screen } from './terminal/terminal.js';
import { printable } from './terminal/text.js';

/** pino's levels that are shown, because a reader must not overlook them. */
const levels = new Map([
  [40, 'warn'],
  [50, 'error'],
  [60, 'fatal'],
]);

/**
 * A line of a process's log. For a terminal, a JSON line that a role wrote becomes
 * `time level message`; every other line, and every line for a pipe, is returned unchanged.
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
    // The line is from another program, or incomplete.
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const { time, level, msg, group } = value;
  const isEntry = typeof time === 'number' && typeof level === 'number' && typeof msg === 'string';
  return isEntry ? { time, level, msg, group } : undefined;
}
