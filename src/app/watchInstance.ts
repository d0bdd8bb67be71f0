import type { Instance } from '../stack/index.js';
import { screenOf } from '../ui/terminal/terminal.js';
import { untilAborted } from '../util/untilAborted.js';
import type { ProgressLines } from './progressLines.js';
import { reading } from './reading.js';
import { instanceTarget } from './target.js';
import { watchDashboard } from './watchDashboard.js';

/**
 * Shows an instance that this process runs, until the signal is aborted or the user quits. In a
 * terminal the view is live. Without a terminal, or with JSON output, only progress is printed:
 * one line per second would fill the log of a detached instance.
 */
export async function watchInstance(
  instance: Instance,
  progress: ProgressLines,
  { json, signal }: { readonly json: boolean; readonly signal: AbortSignal },
): Promise<void> {
  progress.write(`instance "${instance.name}" runs; Ctrl-C stops it`);
  if (json || !screenOf(process.stdout).interactive) {
    await untilAborted(signal);
    return;
  }
  const target = instanceTarget(instance.state(), () => instance.state());
  await reading(instance.endpoints, (stores) =>
    watchDashboard(stores, target, { view: 'pipeline', progress, signal }),
  );
}
