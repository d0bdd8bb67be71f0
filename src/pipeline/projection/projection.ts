import { StoreUnavailable } from '../../stores/errors.js';
import type { Database, Queryable } from '../../stores/postgres/database.js';
import { loadSql } from '../../stores/postgres/sql.js';
import type { RedisStore } from '../../stores/redis/client.js';
import type { ProjectionOutcome } from '../../stores/redis/scripts.js';
import { projectionKey } from '../contract/redisKeys.js';
import { isBehind } from './behind.js';
import { FencedWriter } from './fencedWriter.js';
import { readDatabaseId, readOffsets } from './offsets.js';
import { coversAll, isOfSameLogs, readState } from './state.js';
import { encodeWrites, type ProjectionWrites } from './writes.js';

const lockProjection = loadSql('lock_projection');

/** The batch whose effects are written. */
export interface ProjectedBatch {
  readonly partition: number;
  readonly epoch: number;
  /** The epoch in which the group began to read this log. */
  readonly logEpoch: number;
  /** The offset of its first record. */
  readonly from: number;
  /** The offset after its last record. */
  readonly to: number;
}

/** The source from which a projection is rebuilt: pages of absolute values. */
export interface ProjectionSource {
  /** Glob patterns that match all of the projection's keys. */
  readonly keys: readonly string[];
  /**
   * Reads one page in primary-key order, and locks its rows until the page is written, so that no batch
   * changes them meanwhile.
   * @param tx the page's transaction
   * @param after the cursor that the previous page returned; undefined for the first page
   * @returns undefined after the last page
   */
  page(
    tx: Queryable,
    after: unknown,
  ): Promise<{ readonly writes: ProjectionWrites; readonly next: unknown } | undefined>;
}

/** A consumer group's projection: values in Redis that are derived from its rows in PostgreSQL. */
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

  /** Lets a batch fail before its transaction begins. @throws StoreUnavailable if Redis is down */
  assertReady(): void {
    if (!this.#redis.ready) {
      throw new StoreUnavailable('redis', this.#redis.lastError ?? new Error('not connected'));
    }
  }

  /**
   * Writes a batch's absolute values, if Redis has the values of all earlier batches.
   * @returns `behind` if Redis lacks some (nothing was written: rebuild), `fenced` after a newer owner
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
   * Rebuilds the projection if it is behind, for a group without a batch that would detect this.
   * @returns whether it was behind
   */
  async rebuildIfBehind(): Promise<boolean> {
    const behind = await isBehind(this.#database, this.#redis, this.#group);
    if (behind) await this.rebuild();
    return behind;
  }

  /**
   * Rewrites the whole projection from PostgreSQL, page by page, then sets each partition's marker to
   * its offset at the start. Does nothing if another process rebuilt it while this one waited for the
   * lock.
   * Concurrent calls share one rebuild.
   * @throws StoreUnavailable, also if another rebuild began or Redis lost part of this one
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
      const state = await readState(this.#redis, this.#group);
      if (coversAll(state, id, offsets)) return;
      const writer = await this.#begin(isOfSameLogs(state, id, offsets));
      let after: unknown;
      for (;;) {
        const page = await this.#database.transaction(async (tx) => {
          const found = await this.#source.page(tx, after);
          if (found !== undefined) assertWritten(await writer.write(found.writes));
          return found;
        });
        if (page === undefined) break;
        after = page.next;
        // Prevents the idle timeout of the lock's transaction.
        await lock.query('SELECT 1');
      }
      const markers = offsets.flatMap((row) => [row.partition, row.epoch, row.next_offset]);
      const values = [writer.token, id, ...markers.map(String)];
      assertWritten((await this.#redis.markProjection(this.#key, ...values)) === 'ok');
    });
  }

  /** @param keeps whether existing values in Redis may stay until they are overwritten */
  async #begin(keeps: boolean): Promise<FencedWriter> {
    if (keeps) await this.#redis.hashes.deleteField(this.#key, 'repair');
    else await this.#redis.deleteKeys([this.#key]);
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

function assertWritten(written: boolean): void {
  if (written) return;
  const what = 'another rebuild began, or Redis lost part of this one';
  throw new StoreUnavailable('redis', new Error(what));
}
