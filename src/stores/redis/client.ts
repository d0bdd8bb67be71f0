import { readFileSync } from 'node:fs';

import { Redis, ReplyError, type ChainableCommander } from 'ioredis';

import type { RedisEndpoint } from '../../config/endpoints.js';
import { packageFile } from '../../util/paths.js';
import { StoreUnavailable } from '../errors.js';
import { replyCode } from './errors.js';
import { redisOptions } from './options.js';

const connectTimeoutMs = 5_000;
const commandTimeoutMs = 10_000;
const longestPauseMs = 1_000;

/** Codes of error replies that pass by themselves. */
const passing = new Set([
  'OOM',
  'LOADING',
  'BUSY',
  'READONLY',
  'MASTERDOWN',
  'MISCONF',
  'TRYAGAIN',
]);

/** The outcome of a projection; see sql/redis/project.lua. */
export type ProjectionOutcome = 'ok' | 'behind' | 'fenced';

interface ScriptedRedis extends Redis {
  project(key: string, writer: string, writes: string, aheadMs: string): Promise<ProjectionOutcome>;
  markProjection(key: string, ...values: string[]): Promise<'ok' | 'fenced'>;
}

export interface RedisStoreOptions {
  /** Shown in CLIENT LIST. */
  readonly application: string;
  /** How far the pipeline's clock is ahead of the machine's, in milliseconds; not at all when left out. */
  readonly aheadMs?: () => number;
}

/** One connection to Redis that reconnects by itself; what is sent while it is away fails at once. */
export class RedisStore {
  readonly #redis: ScriptedRedis;
  readonly #aheadMs: () => number;
  readonly #connectDeadlineMs: number;
  /** The first connection, until it stands or has failed: then ioredis sees to the next. */
  #first: Promise<void> | undefined;
  #hasTried = false;
  #lastError: Error | undefined;

  constructor(endpoint: RedisEndpoint, options: RedisStoreOptions) {
    this.#aheadMs = options.aheadMs ?? (() => 0);
    this.#redis = new Redis({
      ...redisOptions(endpoint),
      connectionName: options.application,
      lazyConnect: true,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      connectTimeout: connectTimeoutMs,
      commandTimeout: commandTimeoutMs,
      retryStrategy: (attempt) => Math.min(attempt * 50, longestPauseMs),
      scripts: {
        project: {
          lua: readFileSync(packageFile('sql/redis/project.lua'), 'utf8'),
          numberOfKeys: 1,
        },
        markProjection: {
          lua: readFileSync(packageFile('sql/redis/mark_projection.lua'), 'utf8'),
          numberOfKeys: 1,
        },
      },
    }) as ScriptedRedis;
    this.#redis.on('error', (error: Error) => {
      this.#lastError = error;
    });
    // With Sentinel ioredis looks for a master until there is one.
    this.#connectDeadlineMs = (endpoint.sentinel === undefined ? 1 : 2) * connectTimeoutMs;
  }

  /** Connects. @throws StoreUnavailable where Redis does not answer now; it goes on trying. */
  async connect(): Promise<void> {
    await this.run(() => Promise.resolve());
  }

  /** Whether a command sent now would reach Redis. */
  get ready(): boolean {
    return this.#redis.status === 'ready';
  }

  /** Why the last connection failed, where it did. */
  get lastError(): Error | undefined {
    return this.#lastError;
  }

  /**
   * Runs commands with the client, which connects when it is first used.
   * @throws StoreUnavailable where Redis is away or cannot serve now; else ioredis's own error
   */
  async run<T>(commands: (redis: Redis) => Promise<T>): Promise<T> {
    try {
      if (!this.#hasTried) await (this.#first ??= this.#connect());
      // ioredis's own words for it are of its options.
      if (!this.ready) throw this.#lastError ?? new Error('no connection');
      return await commands(this.#redis);
    } catch (error) {
      throw redisError(error);
    }
  }

  /**
   * Runs commands in one MULTI. @returns their replies
   * @throws as {@link run}, and where one of them failed
   */
  async multi(queue: (multi: ChainableCommander) => ChainableCommander): Promise<unknown[]> {
    return this.run(async (redis) => {
      const replies = (await queue(redis.multi()).exec()) ?? [];
      return replies.map(([error, reply]) => {
        if (error !== null) throw error;
        return reply;
      });
    });
  }

  /** An instant of the pipeline's clock, by the machine's: both epoch milliseconds. */
  serverMs(atMs: number): number {
    return atMs - this.#aheadMs();
  }

  /** Runs sql/redis/project.lua. */
  async project(key: string, writer: string, writes: string): Promise<ProjectionOutcome> {
    return this.run(async () => this.#redis.project(key, writer, writes, String(this.#aheadMs())));
  }

  /** Runs sql/redis/mark_projection.lua. */
  async markProjection(key: string, ...values: string[]): Promise<'ok' | 'fenced'> {
    return this.run(async () => this.#redis.markProjection(key, ...values));
  }

  /** The keys that match a glob pattern, in portions, each key perhaps more than once. */
  async *keysMatching(match: string): AsyncGenerator<string[], void> {
    let cursor = '0';
    do {
      const [next, keys] = await this.run(async (redis) =>
        redis.scan(cursor, 'MATCH', match, 'COUNT', 1_000),
      );
      if (keys.length > 0) yield keys;
      cursor = next;
    } while (cursor !== '0');
  }

  /** Deletes the keys that match a glob pattern. */
  async deleteMatching(match: string): Promise<void> {
    for await (const keys of this.keysMatching(match)) {
      await this.run(async (redis) => redis.unlink(keys));
    }
  }

  async #connect(): Promise<void> {
    const late = new Promise<never>((_resolve, reject) => {
      const expire = (): void => reject(this.#lastError ?? new Error('no answer'));
      setTimeout(expire, this.#connectDeadlineMs).unref();
    });
    try {
      await Promise.race([this.#redis.connect(), late]);
    } finally {
      this.#hasTried = true;
    }
  }

  /** Closes the connection; what was sent is answered first where Redis is there. */
  async close(): Promise<void> {
    if (this.ready) await this.#redis.quit().catch(() => this.#redis.disconnect());
    else this.#redis.disconnect();
  }
}

function redisError(error: unknown): unknown {
  if (error instanceof ReplyError) {
    // ioredis hangs the whole command on it, players' data or a password among its arguments.
    if (error instanceof Error && 'command' in error) delete error.command;
    return passing.has(replyCode(error) ?? '') ? new StoreUnavailable('redis', error) : error;
  }
  return new StoreUnavailable('redis', error);
}
