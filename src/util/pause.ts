/**
 * Waits.
 * @param ms milliseconds, at most 2^31 - 1
 * @returns whether the time has passed: false where the signal came first
 */
export async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  return new Promise((resolve) => {
    const end = (passed: boolean) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      resolve(passed);
    };
    const abort = () => end(false);
    const timer = setTimeout(end, ms, true);
    signal.addEventListener('abort', abort);
  });
}
