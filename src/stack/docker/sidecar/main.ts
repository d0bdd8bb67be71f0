import { getContainerRuntimeClient } from 'testcontainers';

import type { ReadyMessage } from '../../../pipeline/contract/roles.js';
import { engineWords } from '../client.js';
import { keep, type StopReason } from './keeper.js';
import type { KeeperSpec } from './spec.js';

/** A process that runs one container: `node main.js SPEC`, the spec as JSON. */
async function main(): Promise<void> {
  const spec = JSON.parse(process.argv[2] ?? '') as KeeperSpec;
  const stop = untilAsked();
  const client = await getContainerRuntimeClient();
  const ready: ReadyMessage = { type: 'ready', url: `${spec.host}:${spec.port}` };
  await keep(spec, {
    api: client.container.dockerode,
    stop,
    onReady: () => process.send?.(ready),
    log: process.stdout,
  });
}

/** Resolves when a signal, or the end of the supervisor, asks this process to stop. */
function untilAsked(): Promise<StopReason> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve('asked'));
    process.on('disconnect', () => resolve('supervisor is gone'));
  });
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`keeper: ${engineWords(error)}\n`);
    process.exit(1);
  },
);
