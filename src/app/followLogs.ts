import { setTimeout as sleep } from 'node:timers/promises';

import { LogReader, logSize, tailLog, type ProcessLog } from '../stack/index.js';

const pollMs = 200;

/** Writes the last lines of each log and, with `follow`, new lines until the reader goes away. */
export async function followLogs(
  logs: readonly ProcessLog[],
  lines: number,
  follow: boolean,
  write: (log: ProcessLog, line: string) => void,
): Promise<void> {
  const readers = logs.map((log) => ({ log, reader: new LogReader(log.file, logSize(log.file)) }));
  for (const log of logs) for (const line of tailLog(log.file, lines)) write(log, line);
  while (follow && process.stdout.writable) {
    for (const { log, reader } of readers) for (const line of reader.read()) write(log, line);
    await sleep(pollMs);
  }
}
