import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';

import { isErrno } from '../../util/errno.js';

const rotateAt = 10 * 1024 * 1024;
const tailBytes = 256 * 1024;
const linesQuoted = 15;

/**
 * Opens a process's log for appending (mode 0600). A log that has reached 10 MiB is renamed to
 * `FILE.1` first, replacing an older one, so that two files bound the space that logs take.
 * @returns a file descriptor, which the caller closes
 */
export function openLog(file: string): number {
  if (existsSync(file) && statSync(file).size >= rotateAt) renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o600);
}

/**
 * Copies a log that has reached 10 MiB to `FILE.1` and truncates it while its process goes on
 * writing: the process has the file open for appending, so its next line becomes the first. Lines
 * written between the two steps are lost. On a full disk, `FILE.1` is removed instead of replaced.
 * @param limit in bytes
 */
export function boundLog(file: string, limit = rotateAt): void {
  if (logSize(file) < limit) return;
  try {
    copyFileSync(file, `${file}.1`);
    chmodSync(`${file}.1`, 0o600);
  } catch (error) {
    if (!isErrno(error, 'ENOSPC', 'EDQUOT')) throw error;
    rmSync(`${file}.1`, { force: true });
  }
  truncateSync(file);
}

/** The size of a log in bytes, an offset for {@link tailLog}; 0 if there is no log yet. */
export function logSize(file: string): number {
  return existsSync(file) ? statSync(file).size : 0;
}

/**
 * The last lines of a log, oldest first; empty if there is no log yet.
 * @param from an offset in bytes: only lines after it are returned
 */
export function tailLog(file: string, lines: number, from = 0): string[] {
  if (!existsSync(file) || lines === 0) return [];
  const size = logSize(file);
  const first = size < from ? 0 : from;
  for (let bytes = tailBytes; ; bytes *= 2) {
    const start = Math.max(first, size - bytes);
    const all = readRange(file, start, size).toString('utf8').split('\n');
    if (all.at(-1) === '') all.pop();
    if (start === first) return all.slice(-lines);
    // The first line may be incomplete.
    if (all.length > lines) return all.slice(-lines);
  }
}

/**
 * The last lines of a log, as the end of an error message; empty if there are none.
 * @param from an offset in bytes: only lines after it are returned
 */
export function quoteTail(file: string, from: number): string {
  const lines = tailLog(file, linesQuoted, from);
  return lines.length === 0 ? '' : `; its last lines:\n  ${lines.join('\n  ')}`;
}

/** Reads the lines that are appended to a log. */
export class LogReader {
  readonly #file: string;
  #offset: number;
  #rest = Buffer.alloc(0);

  /** @param offset the first byte to read */
  constructor(file: string, offset: number) {
    this.#file = file;
    this.#offset = offset;
  }

  /** The lines completed since the last call; starts at the beginning if the log was rotated. */
  read(): string[] {
    const size = logSize(this.#file);
    if (size < this.#offset) this.#offset = 0;
    if (size === this.#offset) return [];
    const added = readRange(this.#file, this.#offset, Math.min(size, this.#offset + tailBytes));
    this.#offset += added.length;
    const all = Buffer.concat([this.#rest, added]);
    const end = all.lastIndexOf('\n') + 1;
    this.#rest = all.subarray(end);
    return end === 0 ? [] : all.toString('utf8', 0, end - 1).split('\n');
  }
}

function readRange(file: string, start: number, end: number): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(end - start);
    return buffer.subarray(0, readSync(descriptor, buffer, 0, buffer.length, start));
  } finally {
    closeSync(descriptor);
  }
}
