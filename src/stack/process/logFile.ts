import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  statSync,
} from 'node:fs';

const rotateAt = 10 * 1024 * 1024;
const tailBytes = 256 * 1024;

/**
 * Opens a process's log for appending (mode 0600). One that has reached 10 MiB becomes `FILE.1`
 * first, in place of the one before: two files bound what the logs of many starts take.
 * @returns a file descriptor, which the caller closes
 */
export function openLog(file: string): number {
  if (existsSync(file) && statSync(file).size >= rotateAt) renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o600);
}

/** Where a log ends now, in bytes: a start for {@link tailLog}. */
export function logSize(file: string): number {
  return existsSync(file) ? statSync(file).size : 0;
}

/**
 * The last lines of a log, oldest first; empty where there is no log yet.
 * @param from only what was written after this offset in bytes
 */
export function tailLog(file: string, lines: number, from = 0): string[] {
  if (!existsSync(file)) return [];
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const start = Math.max(size < from ? 0 : from, size - tailBytes);
    const buffer = Buffer.alloc(size - start);
    const length = readSync(descriptor, buffer, 0, buffer.length, start);
    const all = buffer.toString('utf8', 0, length).split('\n');
    if (all.at(-1) === '') all.pop();
    return lines === 0 ? [] : all.slice(-lines);
  } finally {
    closeSync(descriptor);
  }
}
