import { StoreUnavailable } from '../../stores/errors.js';
import type { Database, Queryable } from '../../stores/postgres/database.js';
import { loadSql } from '../../stores/postgres/sql.js';
import type { ProjectionOutcome, RedisStore } from '../../stores/redis/client.js';
import { projectionKey } from '../contract/redisKeys.js';
import { isBehind, readOffsets, readDatabaseId } from './behind.js';
import { FencedWriter } from './fencedWriter.js';
import { coversAll, markerOf, type StoredOffset } from './markers.js';
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
   * writer's newer values are not overwritten while the locks last.
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
  readonly #key: string;
  readonly #source: ProjectionSource;
  #databaseId: string | undefined;
  #rebuilding: Promise<void> | undefined;

  constructor(database: Database, redis: RedisStore, group: string, source: ProjectionSource) {
    this.#database = database;
    this.#redis = redis;
    this.#group = group;
    this.#key = projectionKey(group);
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
    this.#databaseId ??= await readDatabaseId(this.#database);
    const argument = {
      database: this.#databaseId,
      partition: String(batch.partition),
      epoch: String(batch.epoch),
      logEpoch: String(batch.logEpoch),
      from: String(batch.from),
      to: String(batch.to),
    };
    return this.#redis.project(
      this.#key,
      JSON.stringify({ batch: argument }),
      encodeWrites(writes),
    );
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
   * was when it began; unless another process did so while this one waited for it. Calls at the same
   * time share one rebuild.
   * @throws StoreUnavailable, also where another rebuild began or Redis lost some of this one
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
      const id = await readDatabaseId(lock);
      this.#databaseId = id;
      const offsets = await readOffsets(lock, this.#group);
      const fields = await this.#redis.run(async (redis) => redis.hgetall(this.#key));
      if (coversAll(fields, id, offsets)) return;
      const writer = await this.#begin(isOfThese(fields, id, offsets));
      let after: unknown;
      for (;;) {
        const page = await this.#database.transaction(async (tx) => {
          const found = await this.#source.page(tx, after);
          if (found !== undefined) assertWritten(await writer.write(found.writes));
          return found;
        });
        if (page === undefined) break;
        after = page.next;
        // Keeps the lock's transaction from looking idle.
        await lock.query('SELECT 1');
      }
      const markers = offsets.flatMap((row) => [row.partition, row.epoch, row.next_offset]);
      const values = [writer.token, id, ...markers.map(String)];
      assertWritten((await this.#redis.markProjection(this.#key, ...values)) === 'ok');
    });
  }

  /** @param keeps whether what Redis shows may stay until it is written anew */
  async #begin(keeps: boolean): Promise<FencedWriter> {
    await this.#redis.run(async (redis) =>
      keeps ? redis.hdel(this.#key, 'repair') : redis.del(this.#key),
    );
    const writer = await FencedWriter.begin(this.#redis, this.#group, 'rebuild');
    if (keeps) return writer;
    for (const match of this.#source.keys) {
      for await (const gone of this.#redis.keysMatching(match)) {
        assertWritten(await writer.write({ hashes: [], sets: [], gone }));
      }
    }
    return writer;
  }
}

/**
 * Whether a picture is of this database and these logs. Another one, or one of nobody knows which, has
 * to go: its last batch may be in Redis alone, and never come again.
 */
function isOfThese(
  fields: Readonly<Record<string, string>>,
  databaseId: string,
  offsets: readonly StoredOffset[],
): boolean {
  return (
    fields['database'] === databaseId &&
    offsets.every(
      ({ partition, log_epoch }) => (markerOf(fields, partition)?.epoch ?? Infinity) >= log_epoch,
    )
  );
}

function assertWritten(written: boolean): void {
  if (written) return;
  const what = 'another rebuild began, or Redis lost some of this one';
  throw new StoreUnavailable('redis', new Error(what));
}
