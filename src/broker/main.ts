import { parseArgs } from 'node:util';

import { sendToParent } from '../util/processMessages.js';
import { BrokerError, startBroker } from './broker.js';

/** As the command line ends for a bug, and for a service that fails. */
const bugExitCode = 1;
const failedExitCode = 18;

/**
 * Runs the broker as a separate process:
 *
 *   node main.js --host 127.0.0.1 --port 9092 --data DIR [--partitions N] [--no-auto-create]
 *
 * With an IPC channel it reports that it serves (its url is host:port) or why it failed, and it stops
 * when the channel closes, so that it does not outlive its parent. Without one it prints a line.
 * SIGTERM and SIGINT stop it cleanly.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '9092' },
      data: { type: 'string' },
      partitions: { type: 'string', default: '1' },
      'no-auto-create': { type: 'boolean', default: false },
    },
  });
  if (values.data === undefined) throw new TypeError('--data DIR is missing');
  const broker = await startBroker({
    host: values.host,
    port: integer('--port', values.port, 0),
    dataDir: values.data,
    numPartitions: integer('--partitions', values.partitions, 1),
    autoCreateTopics: !values['no-auto-create'],
    warn: (message) => process.stderr.write(`broker: ${message}\n`),
  });
  const stop = (): void => {
    broker.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`broker: stopping failed: ${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.once('disconnect', stop);
  if (process.send === undefined) {
    process.stdout.write(`broker: ready at ${broker.address}, data in ${values.data}\n`);
  } else {
    await sendToParent({ type: 'ready', url: broker.address });
  }
}

function integer(name: string, text: string, min: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < min) {
    throw new TypeError(`${name} ${text}: an integer of at least ${min} is expected`);
  }
  return number;
}

async function fail(error: unknown): Promise<void> {
  const message = error instanceof Error ? error.message : String(error);
  const { code, cure } = error instanceof BrokerError ? error : { code: 'bug', cure: undefined };
  process.stderr.write(`broker: ${message}${cure === undefined ? '' : `\n${cure}`}\n`);
  process.exitCode = code === 'bug' ? bugExitCode : failedExitCode;
  await sendToParent({ type: 'failed', code, message, cure });
  if (process.connected) process.disconnect();
}

main().catch(fail);
