import type { RedisConnection } from './connection.js';

/** The fields of a hash; empty if the key does not exist. */
export type Hash = Readonly<Record<string, string>>;

/** Operations on hashes. All of them throw StoreUnavailable if Redis is down or cannot serve now. */
export class Hashes {
  readonly #connection: RedisConnection;

  constructor(connection: RedisConnection) {
    this.#connection = connection;
  }

  /** All fields of a hash. */
  async read(key: string): Promise<Hash> {
    return this.#connection.run(async (redis) => redis.hgetall(key));
  }

  /** All fields of several hashes, in the order of the keys. */
  async readAll(keys: readonly string[]): Promise<Hash[]> {
    const replies = await this.#connection.sendEach(keys, (pipeline, key) => pipeline.hgetall(key));
    return replies as Hash[];
  }

  /** One field of several hashes, in the order of the keys; undefined if a hash lacks it. */
  async readField(keys: readonly string[], field: string): Promise<(string | undefined)[]> {
    const replies = await this.#connection.sendEach(keys, (pipeline, key) =>
      pipeline.hget(key, field),
    );
    return replies.map((reply) => (reply as string | null) ?? undefined);
  }

  /** Sets one field. */
  async writeField(key: string, field: string, value: string): Promise<void> {
    await this.#connection.run(async (redis) => redis.hset(key, field, value));
  }

  /** Deletes one field, if the hash has it. */
  async deleteField(key: string, field: string): Promise<void> {
    await this.#connection.run(async (redis) => redis.hdel(key, field));
  }
}
