import type { Instance } from '../stack/index.js';
import { screenOf } from '../ui/terminal/terminal.js';
import type { ProgressLines } from './progressLines.js';
import { reading } from './reading.js';
import { instanceTarget } from './target.js';
import { watchDashboard } from './watchDashboard.js';

/**
 * Shows an instance that this process runs, until the signal ends it or the user quits: live in a
 * terminal; elsewhere, and where stdout is for JSON alone, its progress prints by itself, for a line a
 * second would fill the log of a detached one.
 */
export async function watchInstance(
  instance: Instance,
  progress: ProgressLines,
  { json, signal }: { readonly json: boolean; readonly signal: AbortSignal },
): Promise<void> {
  progress.write(`instance "${instance.name}" runs; Ctrl-C stops it`);
  if (json || !screenOf(process.stdout).interactive) return untilAborted(signal);
  const target = instanceTarget(instance.state(), () => instance.state());
  await reading(instance.endpoints, (stores) =>
    watchDashboard(stores, target, { view: 'pipeline', progress, signal }),
  );
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
