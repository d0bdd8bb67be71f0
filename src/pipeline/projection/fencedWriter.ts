import { randomUUID } from 'node:crypto';

import type { RedisStore } from '../../stores/redis/client.js';
import { projectionKey } from '../contract/redisKeys.js';
import { encodeWrites, type ProjectionWrites } from './writes.js';

/** A kind of writer other than batches: the field in the projection's hash that stores its token. */
export type FencedBy = 'rebuild' | 'repair';

/**
 * Writes values to a group's projection outside of batches. PostgreSQL's locks alone do not prevent
 * stale writes: a process that was paused may have lost its locks when it resumes. So Redis stores the
 * token of the writer that began last, and rejects the writes of all others. Each write advances the
 * token, so that Redis also rejects a write if it has lost an earlier one.
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

  /** Fences all earlier writers. The caller must hold the locks that order the writers. */
  static async begin(redis: RedisStore, group: string, field: FencedBy): Promise<FencedWriter> {
    const writer = new FencedWriter(redis, group, field);
    await redis.hashes.writeField(writer.#key, field, writer.token);
    return writer;
  }

  /** The value of the field, unless another writer has begun or Redis has lost a write. */
  get token(): string {
    return `${this.#id}:${this.#writes}`;
  }

  /** @returns false if this writer is fenced: nothing was written, and no later write succeeds */
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
