import { join } from 'node:path';

import { readJson, replaceFile } from '../storage/files.js';

/** Ids are reserved on disk in blocks of this size; a crash skips the rest of a block. */
const blockSize = 1000;

/** Assigns producer ids that are unique for the lifetime of a data directory. */
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
