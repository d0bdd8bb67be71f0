import { pause } from '../../../util/pause.js';

const firstMs = 50;
const longestMs = 2_000;

/** The pause before another attempt, in milliseconds: doubling up to 2 s, with half of it jitter. */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(firstMs * 2 ** attempt, longestMs);
  return full / 2 + (random() * full) / 2;
}

/** Waits before another attempt, or until the signal aborts, whichever is first. */
export async function pauseBefore(attempt: number, signal: AbortSignal): Promise<void> {
  await pause(backoffMs(attempt), signal);
}
