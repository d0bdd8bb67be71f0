import { Failure } from '../../util/failure.js';
import type { PortReservations } from '../network.js';
import type { ProcessSpec } from '../process/supervisedProcess.js';
import type { LocalInstance } from './instance.js';
import type { InstanceOptions } from './options.js';
import type { Plan } from './plan.js';

/**
 * Starts the servers of a plan, prepares the stores, and starts the roles. Each step waits until
 * the previous one is ready.
 * @throws the first failure, once every process that was started has stopped
 */
export async function startAll(
  instance: LocalInstance,
  { stack, roles, portOf }: Plan,
  { prepare, signal }: InstanceOptions,
  reservations: PortReservations,
): Promise<void> {
  const run = (spec: ProcessSpec) => {
    reservations.release(portOf(spec.name));
    return instance.run(spec);
  };
  await allOrNone(
    stack.servers.map((server) => async (abort) => run(await server(abort))),
    instance,
    signal,
  );
  await allOrNone([(abort) => prepare(stack.endpoints, abort)], instance, signal);
  await allOrNone(
    roles.map((spec) => () => run(spec)),
    instance,
    signal,
  );
  instance.running();
}

/**
 * Runs tasks in parallel. The first failure, or the signal, aborts the others and stops the
 * instance. It is thrown once all tasks have ended, so that none uses files that are then removed.
 */
async function allOrNone(
  tasks: readonly ((abort: AbortSignal) => Promise<void>)[],
  instance: LocalInstance,
  signal: AbortSignal,
): Promise<void> {
  const controller = new AbortController();
  let reason: unknown;
  let stopped: Promise<void> | undefined;
  const abort = (error: unknown) => {
    if (controller.signal.aborted) return;
    reason = error;
    controller.abort();
    stopped = instance.stop();
  };
  const interrupt = () => abort(new Failure('interrupted', { code: 'interrupted' }));
  signal.addEventListener('abort', interrupt);
  if (signal.aborted) interrupt();
  await Promise.all(tasks.map((task) => task(controller.signal).catch(abort)));
  signal.removeEventListener('abort', interrupt);
  await stopped;
  if (controller.signal.aborted) throw reason;
}
