import { Args, Flags } from '@oclif/core';
import { pino } from 'pino';

import { apiKeysFromEnvironment, exposureWarning } from '../../config/apiKeys.js';
import { clockFromEnvironment } from '../../config/clock.js';
import { endpointsFromEnvironment } from '../../config/endpoints.js';
import { environment } from '../../config/environment.js';
import { toFailure } from '../../diagnostics/toFailure.js';
import { roles } from '../../pipeline/contract/roles.js';
import { startRoles } from '../../pipeline/roles.js';
import { describeError } from '../../util/describeError.js';
import { Failure } from '../../util/failure.js';
import { sendToParent } from '../../util/processMessages.js';
import { within } from '../../util/within.js';
import { BaseCommand } from '../support/base.js';

export default class Run extends BaseCommand {
  static override summary = 'Run one or more roles in this process.';
  static override description =
    'A role uses the services that KAFKA_BOOTSTRAP_SERVERS, DATABASE_URL (or DB_*) and ' +
    'REDIS_URL (or REDIS_*) name. SIGTERM stops it in order: ingest finishes its requests, and a ' +
    'consumer finishes its batch and leaves its group. Logs are JSON lines on stderr.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> ingest --http-port 8080',
    '<%= config.bin %> <%= command.id %> logger',
    '<%= config.bin %> <%= command.id %> logger statistics leaderboard dead-letter',
  ];
  static override strict = false;
  static override args = {
    role: Args.string({
      ignoreStdin: true,
      required: true,
      options: roles,
      description: 'The roles to run, one or several.',
    }),
  };
  static override flags = {
    'http-host': Flags.string({
      summary: 'Address on which to serve the API, health and metrics.',
      env: 'GAMEMETRICS_HTTP_HOST',
      default: '127.0.0.1',
    }),
    'http-port': Flags.integer({
      summary: 'Port of the API, health and metrics; 0 chooses a free port.',
      env: 'GAMEMETRICS_HTTP_PORT',
      helpValue: 'N',
      min: 0,
      max: 65_535,
      default: 8080,
    }),
    'log-level': Flags.option({
      options: ['debug', 'info', 'warn', 'error'] as const,
      summary: 'The lowest level to log.',
      env: 'GAMEMETRICS_LOG_LEVEL',
      default: 'info' as const,
    })(),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Run);
    const wanted = roles.filter((role) => argv.includes(role));
    const unknown = argv.map(String).find((word) => !roles.some((role) => role === word));
    if (unknown !== undefined) {
      throw new Failure(`"${unknown}" is not a role`, {
        code: 'invalid_argument',
        cure: `The roles are ${roles.join(', ')}.`,
      });
    }
    const log = pino({ level: flags['log-level'] }, logDestination());
    const stopRequested = untilStopRequested();
    const endpoints = endpointsFromEnvironment(environment());
    const apiKeys = wanted.includes('ingest') ? apiKeysFromEnvironment(environment()) : [];
    if (wanted.includes('ingest')) {
      const warning = exposureWarning(flags['http-host'], apiKeys);
      if (warning !== undefined) log.warn(warning);
    }
    const running = await startRoles({
      roles: wanted,
      endpoints,
      apiKeys,
      http: { host: flags['http-host'], port: flags['http-port'] },
      log,
      clock: clockFromEnvironment(environment()),
    });
    log.info({ roles: wanted, url: running.url }, 'ready');
    void sendToParent({ type: 'ready', url: running.url });
    try {
      const reason = await Promise.race([stopRequested, running.failed]);
      log.info(`stopping: ${reason}`);
    } catch (error) {
      const known = toFailure(error, endpoints);
      if (known instanceof Failure) throw known;
      throw new Failure(`a role stopped: ${describeError(error)}`, {
        code: 'service_failed',
        cure: 'The log has the details. Start the role again.',
        cause: error,
      });
    } finally {
      // Limited to the time that a supervisor waits: uncommitted work is repeated after the restart.
      await within(running.stop(), stopDeadlineMs, () => log.warn('stopped with unfinished work'));
    }
    // A handle that a library left open must not keep the process alive.
    this.exit(0);
  }
}

/** If the disk is full, up to 1 MiB of log lines is buffered and later lines are dropped. */
function logDestination(): ReturnType<typeof pino.destination> {
  const destination = pino.destination({ dest: 2, sync: true, maxLength: 1024 * 1024 });
  destination.on('error', () => undefined);
  return destination;
}

const stopDeadlineMs = 15_000;

/** Resolves with the reason when a signal arrives or the supervisor exits. */
function untilStopRequested(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve(signal));
    if (process.connected) process.on('disconnect', () => resolve('the supervisor exited'));
  });
}
