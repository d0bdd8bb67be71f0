import type { Environment } from '../../config/endpoints.js';
import { environment } from '../../config/environment.js';

/** What may be written to a stream. */
export interface Screen {
  /** A person's terminal that can move its cursor; otherwise plain lines and no escape codes. */
  readonly interactive: boolean;
  /** Whether colour may be used (https://no-color.org). */
  readonly colour: boolean;
  readonly columns: number;
  readonly rows: number;
}

/** What is asked of a stream that may be a terminal, such as process.stdout. */
export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** Looks at a stream and the environment anew each time, for a terminal may be resized. */
export function screenOf(stream: OutputStream, env: Environment = environment()): Screen {
  const interactive = stream.isTTY === true && env['TERM'] !== 'dumb' && !isCi(env);
  return {
    interactive,
    colour: interactive && (env['NO_COLOR'] ?? '') === '',
    columns: known(stream.columns, 80),
    rows: known(stream.rows, 24),
  };
}

/** A terminal that does not know its size reports 0. */
function known(size: number | undefined, otherwise: number): number {
  return size === undefined || size === 0 ? otherwise : size;
}

/** By the variables by which Ink, too, decides that nobody watches; it then draws nothing. */
function isCi(env: Environment): boolean {
  return [env['CI'], env['CONTINUOUS_INTEGRATION']].some(
    (value) => value !== undefined && value !== '0' && value !== 'false',
  );
}
