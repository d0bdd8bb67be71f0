import { getContainerRuntimeClient } from 'testcontainers';

import { sendToParent } from '../../../util/processMessages.js';
import { engineMessage } from '../client.js';
import { runContainer, type StopReason } from './sidecar.js';
import type { SidecarSpec } from './spec.js';

/** A process that runs one container: `node main.js SPEC`, with a SidecarSpec as JSON. */
async function main(): Promise<void> {
  const spec = JSON.parse(process.argv[2] ?? '') as SidecarSpec;
  const stop = stopRequest();
  const client = await getContainerRuntimeClient();
  await runContainer(spec, {
    api: client.container.dockerode,
    stop,
    onReady: () => void sendToParent({ type: 'ready', url: `${spec.host}:${spec.port}` }),
    log: process.stdout,
  });
}

/** Resolves when this process has to stop: on a signal, or when the supervisor has died. */
function stopRequest(): Promise<StopReason> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve('asked'));
    process.on('disconnect', () => resolve('supervisor has died'));
  });
}

async function fail(error: unknown): Promise<never> {
  const message = engineMessage(error);
  process.stderr.write(`sidecar: ${message}\n`);
  await sendToParent({ type: 'failed', code: 'service_failed', message });
  process.exit(1);
}

main().then(() => process.exit(0), fail);
