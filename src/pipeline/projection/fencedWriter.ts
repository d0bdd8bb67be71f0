import { randomUUID } from 'node:crypto';

import type { RedisStore } from '../../stores/redis/client.js';
import { projectionKey } from '../contract/redisKeys.js';
import { encodeWrites, type ProjectionWrites } from './writes.js';

/** Who writes to a picture beside its batches: the field of the projection's hash with its token. */
export type FencedBy = 'rebuild' | 'repair';

/**
 * Writes values to a group's picture that are no batch's. PostgreSQL's locks alone do not keep them
 * from being older than what is there: a process that was stopped has lost them when it goes on. So
 * Redis has a token of the last one to begin, and takes no write of another. Each write moves the
 * token on, so that Redis takes none either whose predecessors it has lost.
 */
export class FencedWriter {
  readonly #redis: RedisStore;
  readonly #key: string;
  readonly #field: FencedBy;
  readonly #id = randomUUID();
  #writes = 0;

  private constructor(redis: RedisStore, group: string, field: FencedBy) {
    this.#redis = redis;
    this.#key = projectionKey(group);
    this.#field = field;
  }

  /** Fences whoever began before. To be called under the locks that order the writers. */
  static async begin(redis: RedisStore, group: string, field: FencedBy): Promise<FencedWriter> {
    const writer = new FencedWriter(redis, group, field);
    await redis.run(async (client) => client.hset(writer.#key, field, writer.token));
    return writer;
  }

  /** What the field holds if nothing came between. */
  get token(): string {
    return `${this.#id}:${this.#writes}`;
  }

  /** @returns whether it was written; if not, this writer is fenced, and can write no more */
  async write(writes: ProjectionWrites): Promise<boolean> {
    const from = this.token;
    this.#writes += 1;
    const fence = { field: this.#field, from, to: this.token };
    const outcome = await this.#redis.project(
      this.#key,
      JSON.stringify({ fence }),
      encodeWrites(writes),
    );
    return outcome === 'ok';
  }
}
