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
    let woken = false;
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      for (const stop of watches) {
        stop();
      }
      resolve();
    };
    const timer = setTimeout(finish, ms);
    const watches = logs.map((log) =>
      log.watch((appended) => {
        missing -= appended;
        if (missing <= 0 && !woken) {
          woken = true;
          // What else the same produce request appends shall be in the same response.
          setImmediate(finish);
        }
      }),
    );
    signal.addEventListener('abort', finish, { once: true });
  });
}
