import type { RedisEndpoint } from '../../config/endpoints.js';
import { RedisConnection } from './connection.js';
import { Hashes } from './hashes.js';
import type { ProjectionOutcome } from './scripts.js';
import { SortedSets } from './sortedSets.js';

export interface RedisStoreOptions {
  /** The connection's name in CLIENT LIST. */
  readonly application: string;
  /** How far the pipeline's clock is ahead of the server's, in milliseconds; 0 when left out. */
  readonly aheadMs?: () => number;
}

/** Keys that a step of a scan looks at, roughly. */
const scanCount = 1_000;

/**
 * What the pipeline does with Redis, on one connection that connects on first use. Every operation
 * throws StoreUnavailable if Redis is down or cannot serve now, and ioredis's own error for a reply
 * that shows a bug or a wrong set-up.
 */
export class RedisStore {
  readonly hashes: Hashes;
  readonly sortedSets: SortedSets;
  readonly #connection: RedisConnection;
  readonly #aheadMs: () => number;

  constructor(endpoint: RedisEndpoint, { application, aheadMs = () => 0 }: RedisStoreOptions) {
    this.#connection = new RedisConnection(endpoint, application);
    this.hashes = new Hashes(this.#connection);
    this.sortedSets = new SortedSets(this.#connection);
    this.#aheadMs = aheadMs;
  }

  /** Connects. @throws StoreUnavailable if Redis does not answer now; later attempts follow */
  async connect(): Promise<void> {
    await this.#connection.run(() => Promise.resolve());
  }

  /** Whether a command sent now would reach Redis. */
  get ready(): boolean {
    return this.#connection.ready;
  }

  /** The error that ended the last connection or attempt to connect; undefined if there was none. */
  get lastError(): Error | undefined {
    return this.#connection.lastError;
  }

  /** Resolves once Redis has answered. */
  async ping(): Promise<void> {
    await this.#connection.run(async (redis) => redis.ping());
  }

  /** What INFO answers: lines of `field:value`. */
  async info(): Promise<string> {
    return this.#connection.run(async (redis) => redis.info());
  }

  /** The keys that match a glob pattern, in portions; a key may come more than once. */
  async *keysMatching(match: string): AsyncGenerator<string[], void> {
    let cursor = '0';
    do {
      const [next, keys] = await this.#connection.run(async (redis) =>
        redis.scan(cursor, 'MATCH', match, 'COUNT', scanCount),
      );
      if (keys.length > 0) yield keys;
      cursor = next;
    } while (cursor !== '0');
  }

  async deleteKeys(keys: readonly string[]): Promise<void> {
    await this.#connection.run(async (redis) => redis.unlink([...keys]));
  }

  /** Deletes the keys that match a glob pattern. */
  async deleteMatching(match: string): Promise<void> {
    for await (const keys of this.keysMatching(match)) await this.deleteKeys(keys);
  }

  /** Brings a key's expiry forward; a key that would have expired by then is deleted. */
  async advanceExpiry(key: string, byMs: number): Promise<void> {
    await this.#connection.run(async (redis) => {
      const leftMs = await redis.pttl(key);
      // Negative: the key does not exist, or never expires.
      if (leftMs >= 0) await redis.pexpire(key, leftMs - byMs);
    });
  }

  /**
   * Replaces a sorted set by a copy of another one.
   * @param expireAtMs when the copy expires, by the pipeline's clock, in epoch milliseconds
   */
  async copySortedSet(source: string, target: string, expireAtMs: number): Promise<void> {
    await this.#connection.multi((multi) =>
      multi.zunionstore(target, 1, source).pexpireat(target, expireAtMs - this.#aheadMs()),
    );
  }

  /** Runs sql/redis/project.lua, which documents the arguments. */
  async project(key: string, writer: string, writes: string): Promise<ProjectionOutcome> {
    const aheadMs = String(this.#aheadMs());
    return this.#connection.run(async (redis) => redis.project(key, writer, writes, aheadMs));
  }

  /** Runs sql/redis/mark_projection.lua, which documents the arguments. */
  async markProjection(key: string, ...values: string[]): Promise<'ok' | 'fenced'> {
    return this.#connection.run(async (redis) => redis.markProjection(key, ...values));
  }

  /** Closes the connection, if Redis is up after the replies to the commands under way. */
  async close(): Promise<void> {
    await this.#connection.close();
  }
}
