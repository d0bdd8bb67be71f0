/**
 * Waits for work, but for no longer than `ms` milliseconds; work that takes longer goes on, and its
 * outcome is ignored.
 * @param onTimeout returns the result for a timeout, or throws
 * @returns what the work resolves with, or what `onTimeout` returns
 * @throws what the work rejects with, or what `onTimeout` throws
 */
export async function within<T, Late>(
  work: PromiseLike<T>,
  ms: number,
  onTimeout: () => Late,
): Promise<T | Late> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  }).then(onTimeout);
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
