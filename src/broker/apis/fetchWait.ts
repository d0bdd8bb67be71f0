import type { PartitionLog } from '../log/partitionLog.js';

/**
 * Waits until the logs have grown by `bytes` together, one of them has closed, `ms` have passed,
 * or the client has gone: no polling, an append wakes it.
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
      // What waits goes on after the request that appends: with all that it appends.
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
