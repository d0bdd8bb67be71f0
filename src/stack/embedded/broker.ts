import { mkdirSync } from 'node:fs';

import type { Environment } from '../../config/endpoints.js';
import { packageFile } from '../../util/paths.js';
import { loopback } from '../network.js';
import type { ProcessSpec } from '../process/supervisedProcess.js';

/**
 * What a broker allocates is short-lived and small. Without a limit V8 makes the space for such
 * objects larger with every burst, to 48 MB, and frees it only when the process is idle.
 */
const v8Options = ['--max-semi-space-size=4'];

/** The embedded Kafka broker, a Node process of its own, with its log in `directory`. */
export function kafkaBroker(
  directory: string,
  port: number,
  log: string,
  env: Environment,
): ProcessSpec {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const main = packageFile('dist/broker/main.js');
  return {
    name: 'broker',
    roles: [],
    command: process.execPath,
    args: [...v8Options, main, '--host', loopback, '--port', String(port), '--data', directory],
    env,
    readiness: { by: 'message' },
    startDeadlineMs: 30_000,
    stopSignal: 'SIGTERM',
    stopDeadlineMs: 10_000,
    log,
  };
}
