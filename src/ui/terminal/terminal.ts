import type { Environment } from '../../config/endpoints.js';
import { environment } from '../../config/environment.js';

/** What a stream can show. */
export interface Screen {
  /** Whether it is a terminal that can move its cursor; if not, plain lines without escape codes. */
  readonly interactive: boolean;
  /** Whether colour may be used (https://no-color.org). */
  readonly colour: boolean;
  readonly columns: number;
  readonly rows: number;
}

/** The properties that are read from a stream that may be a terminal, such as process.stdout. */
export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** Reads the stream and the environment on each call, because a terminal may be resized. */
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

/** Reads the same variables as Ink, which renders nothing in CI. */
function isCi(env: Environment): boolean {
  return [env['CI'], env['CONTINUOUS_INTEGRATION']].some(
    (value) => value !== undefined && value !== '0' && value !== 'false',
  );
}
