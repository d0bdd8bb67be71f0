import type { PartitionLog } from '../log/partitionLog.js';

/**
 * Waits until the logs have grown by `bytes` in total, one of them is closed, `ms` have passed, or
 * the client has disconnected. It does not poll: an append wakes it.
 */
export function waitForAppends(
  logs: readonly PartitionLog[],
  bytes: number,
  ms: number,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    let missing = bytes;
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      for (const stop of watches) stop();
      // The waiter continues after the produce request has finished, and so sees all its batches.
      resolve();
    };
    const timer = setTimeout(finish, ms);
    const watches = logs.map((log) =>
      log.watch((appended) => {
        missing -= appended;
        if (missing <= 0) finish();
      }),
    );
    signal.addEventListener('abort', finish, { once: true });
  });
}
