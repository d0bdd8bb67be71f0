import type { Database, Queryable } from '../../stores/postgres/database.js';
import { loadSql } from '../../stores/postgres/sql.js';
import type { ProjectionOutcome, RedisStore } from '../../stores/redis/client.js';
import { StoreUnavailable } from '../../stores/errors.js';
import { projectionKey } from '../contract/redisKeys.js';
import { isBehind, readOffsets, readDatabaseId } from './behind.js';
import { markerOf, type StoredOffset } from './markers.js';
import { encodeWrites, type ProjectionWrites } from './writes.js';

const lockProjection = loadSql('lock_projection');

/** Which batch of which partition the writes are of. */
export interface ProjectedBatch {
  readonly partition: number;
  readonly epoch: number;
  /** The epoch in which the group began to read this log. */
  readonly logEpoch: number;
  readonly from: number;
  readonly to: number;
}

/** Pages of absolute values that rebuild a projection. */
export interface ProjectionSource {
  /** Glob patterns of all the keys that the picture consists of. */
  readonly keys: readonly string[];
  /**
   * One page in the order of the primary key. It locks its rows until the page is written, so that a
   * writer's newer values are never overwritten.
   * @param tx the page's transaction
   * @param after the cursor that the page before gave, undefined for the first
   * @returns undefined after the last page
   */
  page(
    tx: Queryable,
    after: unknown,
  ): Promise<{ readonly writes: ProjectionWrites; readonly next: unknown } | undefined>;
}

/** A consumer group's picture in Redis of what it has in PostgreSQL. */
export class Projection {
  readonly #database: Database;
  readonly #redis: RedisStore;
  readonly #group: string;
  readonly #source: ProjectionSource;
  #databaseId: string | undefined;
  #rebuilding: Promise<void> | undefined;

  constructor(database: Database, redis: RedisStore, group: string, source: ProjectionSource) {
    this.#database = database;
    this.#redis = redis;
    this.#group = group;
    this.#source = source;
  }

  /** @throws StoreUnavailable where Redis is away: said before a transaction begins, not in it */
  assertReady(): void {
    if (!this.#redis.ready) {
      throw new StoreUnavailable('redis', this.#redis.lastError ?? new Error('not connected'));
    }
  }

  /**
   * Writes a batch's absolute values, if Redis has all that came before.
   * @returns `behind` where it has not (nothing was written: rebuild), `fenced` where a newer owner wrote
   */
  async write(batch: ProjectedBatch, writes: ProjectionWrites): Promise<ProjectionOutcome> {
    const argument = {
      database: await this.#id(this.#database),
      partition: String(batch.partition),
      epoch: String(batch.epoch),
      logEpoch: String(batch.logEpoch),
      from: String(batch.from),
      to: String(batch.to),
    };
    const key = projectionKey(this.#group);
    return this.#redis.project(key, JSON.stringify(argument), encodeWrites(writes));
  }

  /**
   * Rebuilds the picture where Redis lost some of it and no batch comes to notice.
   * @returns whether it had to
   */
  async heal(): Promise<boolean> {
    const behind = await isBehind(this.#database, this.#redis, this.#group);
    if (behind) await this.rebuild();
    return behind;
  }

  /**
   * Draws the whole picture anew from PostgreSQL, page by page, then notes how far each partition
   * was when it began. Calls at the same time share one rebuild.
   */
  async rebuild(): Promise<void> {
    this.#rebuilding ??= this.#rebuild().finally(() => {
      this.#rebuilding = undefined;
    });
    await this.#rebuilding;
  }

  async #rebuild(): Promise<void> {
    await this.#database.transaction(async (lock) => {
      await lock.query(lockProjection, [this.#group]);
      const id = await this.#id(lock);
      const offsets = await readOffsets(lock, this.#group);
      await this.#clearAnother(id, offsets);
      let after: unknown;
      for (;;) {
        const page = await this.#database.transaction(async (tx) => {
          const found = await this.#source.page(tx, after);
          if (found !== undefined) {
            await this.#redis.project(projectionKey(this.#group), '', encodeWrites(found.writes));
          }
          return found;
        });
        if (page === undefined) break;
        after = page.next;
        // Keeps the lock's transaction from looking idle.
        await lock.query('SELECT 1');
      }
      const markers = offsets.flatMap((row) => [row.partition, row.epoch, row.next_offset]);
      await this.#redis.markProjection(projectionKey(this.#group), id, ...markers.map(String));
    });
  }

  /**
   * Takes away what is a picture of another database, of nobody knows which, or of another log: its
   * last batch may be in Redis alone, and never come again.
   */
  async #clearAnother(id: string, offsets: readonly StoredOffset[]): Promise<void> {
    const key = projectionKey(this.#group);
    const fields = await this.#fields();
    const sameLogs = offsets.every(
      ({ partition, log_epoch }) => (markerOf(fields, partition)?.epoch ?? Infinity) >= log_epoch,
    );
    if (fields['database'] === id && sameLogs) return;
    await this.#redis.run(async (redis) => redis.del(key));
    for (const match of this.#source.keys) await this.#redis.deleteMatching(match);
  }

  async #fields(): Promise<Record<string, string>> {
    return this.#redis.run(async (redis) => redis.hgetall(projectionKey(this.#group)));
  }

  async #id(queryable: Queryable): Promise<string> {
    this.#databaseId ??= await readDatabaseId(queryable);
    return this.#databaseId;
  }
}
