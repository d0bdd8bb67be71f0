import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until a condition holds. @throws if it does not within `timeoutMs` */
export async function until(
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 30_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) {
      throw new Error(`the condition did not hold within ${timeoutMs / 1000} s`);
    }
    await sleep(20);
  }
}
