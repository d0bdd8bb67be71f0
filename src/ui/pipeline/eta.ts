import type { Flow } from '../../pipeline/observe/snapshot.js';
import { durationText } from '../terminal/text.js';

/** When a group catches up: `now`, `in 4 s`, or `stalled` or `growing` if it does not. */
export function etaText(lag: number, { drainPerSecond, etaSeconds }: Flow): string {
  if (lag === 0) return 'now';
  if (etaSeconds !== undefined) return `in ${durationText(etaSeconds)}`;
  return drainPerSecond === 0 ? 'stalled' : 'growing';
}
