import { join } from 'node:path';

import { readJson, replaceFile } from '../storage/files.js';

/** Ids are reserved on disk this many at a time; a crash skips what is left of a block. */
const blockSize = 1000;

/** Hands out producer ids that are never used twice in the life of a data directory. */
export class ProducerIds {
  readonly #file: string;
  #next: number;
  #reserved: number;

  constructor(dir: string) {
    this.#file = join(dir, 'producer-ids.json');
    const stored = readJson(this.#file);
    this.#next = typeof stored === 'number' ? stored : 0;
    this.#reserved = this.#next;
  }

  next(): number {
    if (this.#next === this.#reserved) {
      replaceFile(this.#file, JSON.stringify(this.#reserved + blockSize));
      this.#reserved += blockSize;
    }
    const id = this.#next;
    this.#next += 1;
    return id;
  }
}
