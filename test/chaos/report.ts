import { topics } from '../../src/pipeline/contract/topics.js';
import { tailLog, type ProcessState } from '../../src/stack/index.js';
import { murmur2Partition } from '../support/murmur2.js';
import type { Violation } from './checker.js';
import type { History } from './history.js';

const violationsShown = 20;
const logLines = 25;

/**
 * Reports violations in lines: the affected events with their partitions in the raw topic and all
 * attempts to send them, the faults in the meantime, and the last lines of each process.
 */
export function reportLines(
  violations: readonly Violation[],
  history: History,
  states: readonly ProcessState[],
): string[] {
  const lines: string[] = [];
  for (const { what, identities } of violations.slice(0, violationsShown)) {
    lines.push(`  ${what.slice(0, 600)}`);
    for (const identity of identities) {
      const entry = history.entries.get(identity);
      if (entry === undefined) continue;
      const partition = murmur2Partition(entry.event.player_id, topics.raw.partitions);
      lines.push(`    partition ${partition}: ${JSON.stringify(entry.event)}`);
      for (const { atMs, endMs, answer, detail } of entry.attempts) {
        lines.push(`    sent at ${atMs} ms, ${answer} at ${endMs} ms (${detail})`);
      }
    }
  }
  for (const { atMs, what } of history.events) lines.push(`  at ${atMs} ms: ${what}`);
  for (const { name, log } of states) {
    for (const line of tailLog(log, logLines)) lines.push(`  ${name}: ${line.slice(0, 400)}`);
  }
  return lines;
}
