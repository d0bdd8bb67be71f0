import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
} from 'node:fs';

import { crc32c } from '../codec/crc32c.js';
import { fileMode, replaceFile, writeFully } from './files.js';

/** Below this size, the journal is not compacted. */
const minCompactionBytes = 1024 * 1024;
/** The journal is compacted when it is this many times its size after the last compaction. */
const growthFactor = 4;

/**
 * An append-only file of JSON entries, one per line, each preceded by its CRC-32C in hex:
 *
 *   0a1b2c3d {"kind":...}\n
 *
 * Like a Kafka log, it relies on the page cache, which survives a kill -9 of this process.
 */
export class Journal<T> {
  readonly #file: string;
  readonly #snapshot: () => T[];
  #fd: number;
  #size: number;
  #compactAt: number;

  /**
   * Replays an existing journal up to the first damaged line, and compacts it.
   * @param replay is called with each entry in order
   * @param snapshot returns the entries that replace all earlier ones. It is called for a
   *   compaction, before the next entry is written, so it need not include that entry
   */
  constructor(file: string, replay: (entry: T) => void, snapshot: () => T[]) {
    this.#file = file;
    this.#snapshot = snapshot;
    for (const entry of readEntries<T>(file)) replay(entry);
    [this.#fd, this.#size, this.#compactAt] = this.#rewrite();
  }

  /** @throws the system's error if the write fails; the entry is then not in the journal */
  append(entry: T): void {
    if (this.#size > this.#compactAt) {
      const former = this.#fd;
      [this.#fd, this.#size, this.#compactAt] = this.#rewrite();
      closeSync(former);
    }
    const line = Buffer.from(encode(entry));
    try {
      writeFully(this.#fd, line, this.#size);
    } catch (error) {
      ftruncateSync(this.#fd, this.#size);
      throw error;
    }
    this.#size += line.length;
  }

  #rewrite(): [fd: number, size: number, compactAt: number] {
    replaceFile(this.#file, this.#snapshot().map(encode).join(''));
    const fd = openSync(this.#file, 'r+', fileMode);
    const { size } = fstatSync(fd);
    return [fd, size, Math.max(minCompactionBytes, size * growthFactor)];
  }

  close(): void {
    fdatasyncSync(this.#fd);
    closeSync(this.#fd);
  }
}

function encode(entry: unknown): string {
  const json = JSON.stringify(entry);
  return `${checksum(json)} ${json}\n`;
}

function checksum(json: string): string {
  return crc32c(Buffer.from(json)).toString(16).padStart(8, '0');
}

function* readEntries<T>(file: string): Generator<T> {
  if (!existsSync(file)) return;
  // A torn last line has no line feed, so the slice drops it.
  for (const line of readFileSync(file, 'utf8').split('\n').slice(0, -1)) {
    const json = line.slice(9);
    if (line.slice(0, 8) !== checksum(json)) return;
    yield JSON.parse(json) as T;
  }
}
