import type { RedisConnection } from './connection.js';
import type { Hash } from './hashes.js';

/** One member of one sorted set. */
export interface MemberPlace {
  readonly key: string;
  readonly member: string;
}

export interface ScoredMember {
  readonly member: string;
  readonly score: number;
}

/** Elements that a step of a scan looks at, roughly. */
const scanCount = 1_000;

/**
 * Operations on sorted sets, whose order is the descending one: by score, then by the member's bytes.
 * All of them throw StoreUnavailable if Redis is down or cannot serve now.
 */
export class SortedSets {
  readonly #connection: RedisConnection;

  constructor(connection: RedisConnection) {
    this.#connection = connection;
  }

  /** How many members a set has; 0 if the key does not exist. */
  async size(key: string): Promise<number> {
    return this.#connection.run(async (redis) => redis.zcard(key));
  }

  /** Scores, in the order of the places; undefined if a set lacks the member. */
  async scores(places: readonly MemberPlace[]): Promise<(number | undefined)[]> {
    const replies = await this.#connection.sendEach(places, (pipeline, { key, member }) =>
      pipeline.zscore(key, member),
    );
    return replies.map((reply) => (reply === null ? undefined : Number(reply)));
  }

  /** How many members come before one; undefined if the set lacks it. */
  async position(key: string, member: string): Promise<number | undefined> {
    const position = await this.#connection.run(async (redis) => redis.zrevrank(key, member));
    return position ?? undefined;
  }

  /** A run of members. @param first how many members come before it */
  async range(key: string, first: number, count: number): Promise<ScoredMember[]> {
    const flat = await this.#connection.run(async (redis) =>
      redis.zrevrange(key, first, first + count - 1, 'WITHSCORES'),
    );
    const rows: ScoredMember[] = [];
    for (let index = 0; index < flat.length; index += 2) {
      rows.push({ member: flat[index] ?? '', score: Number(flat[index + 1]) });
    }
    return rows;
  }

  /** How many members have a higher score. */
  async countAbove(key: string, score: number): Promise<number> {
    return this.#connection.run(async (redis) => redis.zcount(key, `(${score}`, '+inf'));
  }

  /** The first members of a set, and a hash as it is at the same moment. */
  async topWithHash(
    key: string,
    count: number,
    hashKey: string,
  ): Promise<{ readonly members: readonly string[]; readonly hash: Hash }> {
    const [members, hash] = await this.#connection.multi((multi) =>
      multi.zrevrange(key, 0, count - 1).hgetall(hashKey),
    );
    return { members: members as string[], hash: hash as Hash };
  }

  /** All members of a set, in portions; one may come more than once. */
  async *members(key: string): AsyncGenerator<string[], void> {
    let cursor = '0';
    do {
      const [next, flat] = await this.#connection.run(async (redis) =>
        redis.zscan(key, cursor, 'COUNT', scanCount),
      );
      cursor = next;
      yield flat.filter((_text, index) => index % 2 === 0);
    } while (cursor !== '0');
  }
}
