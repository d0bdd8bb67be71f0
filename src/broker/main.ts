import { parseArgs } from 'node:util';

import { BrokerError, startBroker } from './broker.js';

/**
 * Runs the broker as a separate process:
 *
 *   node main.js --host 127.0.0.1 --port 9092 --data DIR [--partitions N] [--no-auto-create]
 *
 * With an IPC channel it sends {type: 'ready', url: 'host:port'} once it accepts requests, or
 * {type: 'failed', code, message, cure}, and it stops when the channel closes: it never outlives
 * its parent. Without one it prints a line when it is ready. SIGTERM and SIGINT stop it cleanly.
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
    process.send({ type: 'ready', url: broker.address });
  }
}

function integer(name: string, text: string, min: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < min) {
    throw new TypeError(`${name} ${text}: an integer of at least ${min} is expected`);
  }
  return number;
}

function fail(error: unknown): void {
  const known = error instanceof BrokerError;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`broker: ${message}${known ? `\n${error.cure}` : ''}\n`);
  process.exitCode = known ? 18 : 1;
  if (process.send !== undefined && known) {
    process.send({ type: 'failed', code: error.code, message, cure: error.cure });
  }
  if (process.connected) process.disconnect();
}

main().catch(fail);
