import { mkdirSync } from 'node:fs';

import type { Environment } from '../../config/endpoints.js';
import { packageFile } from '../../util/paths.js';
import { loopback } from '../network.js';
import type { ProcessSpec } from '../process/supervisedProcess.js';

/**
 * A broker allocates small, short-lived objects. Without a limit, V8 enlarges the young generation
 * with every burst, up to 48 MB, and shrinks it only when the process is idle.
 */
const v8Options = ['--max-semi-space-size=4'];

/** The embedded Kafka broker, a separate Node process that stores its log in `directory`. */
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
