import { pause } from '../../../util/pause.js';

const firstMs = 50;
const longestMs = 2_000;

/** The pause before an attempt, in milliseconds: doubles up to 2 s, and half of it is jitter. */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(firstMs * 2 ** attempt, longestMs);
  return full / 2 + (random() * full) / 2;
}

/** Waits before an attempt, or until the signal aborts if that is earlier. */
export async function pauseBefore(attempt: number, signal: AbortSignal): Promise<void> {
  await pause(backoffMs(attempt), signal);
}
