import type { Flow } from '../../pipeline/observe/snapshot.js';
import { durationText } from '../terminal/text.js';

/** `now`, `in 4 s`, or what keeps a group from catching up: `stalled`, `growing`. */
export function etaText(lag: number, { drainPerSecond, etaSeconds }: Flow): string {
  if (lag === 0) return 'now';
  if (etaSeconds !== undefined) return `in ${durationText(etaSeconds)}`;
  return drainPerSecond === 0 ? 'stalled' : 'growing';
}
