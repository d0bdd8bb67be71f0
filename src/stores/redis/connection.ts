import { Redis, type ChainableCommander } from 'ioredis';

import type { RedisEndpoint } from '../../config/endpoints.js';
import { within } from '../../util/within.js';
import { redisError } from './errors.js';
import { redisOptions } from './options.js';
import { scripts, type ScriptedRedis } from './scripts.js';

const connectTimeoutMs = 5_000;
const commandTimeoutMs = 10_000;
const longestPauseMs = 1_000;

/** Commands in one pipeline at most: the replies of all of them are in memory at once. */
const pipelinedCommands = 2_000;

type Replies = Awaited<ReturnType<ChainableCommander['exec']>>;

/**
 * One connection to Redis. It connects on first use and reconnects by itself; a command that is sent
 * while it is down fails at once.
 */
export class RedisConnection {
  readonly #redis: ScriptedRedis;
  readonly #connectDeadlineMs: number;
  /** The first attempt to connect, while it is under way; ioredis makes all later attempts itself. */
  #first: Promise<void> | undefined;
  #hasTried = false;
  #lastError: Error | undefined;

  /** @param application the connection's name in CLIENT LIST */
  constructor(endpoint: RedisEndpoint, application: string) {
    this.#redis = new Redis({
      ...redisOptions(endpoint),
      connectionName: application,
      lazyConnect: true,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      connectTimeout: connectTimeoutMs,
      commandTimeout: commandTimeoutMs,
      retryStrategy: (attempt) => Math.min(attempt * 50, longestPauseMs),
      scripts,
    }) as ScriptedRedis;
    this.#redis.on('error', (error: Error) => {
      this.#lastError = error;
    });
    // With Sentinel, ioredis keeps looking for a master until there is one.
    this.#connectDeadlineMs = (endpoint.sentinel === undefined ? 1 : 2) * connectTimeoutMs;
  }

  /** Whether a command sent now would reach Redis. */
  get ready(): boolean {
    return this.#redis.status === 'ready';
  }

  /** The error that ended the last connection or attempt to connect; undefined if there was none. */
  get lastError(): Error | undefined {
    return this.#lastError;
  }

  /**
   * Connects on the first call, then runs commands.
   * @throws StoreUnavailable if Redis is down or cannot serve now; otherwise ioredis's own error
   */
  async run<T>(commands: (redis: ScriptedRedis) => Promise<T>): Promise<T> {
    try {
      if (!this.#hasTried) await (this.#first ??= this.#connect());
      // ioredis's own error here only names its options.
      if (!this.ready) throw this.#lastError ?? new Error('no connection');
      return await commands(this.#redis);
    } catch (error) {
      throw redisError(error);
    }
  }

  /**
   * Runs commands in one MULTI.
   * @returns their replies, in order
   * @throws as {@link run}, also if one of the commands failed
   */
  async multi(queue: (multi: ChainableCommander) => ChainableCommander): Promise<unknown[]> {
    return this.run(async (redis) => valuesOf(await queue(redis.multi()).exec()));
  }

  /**
   * Sends one command for each item, in as few pipelines as their length allows.
   * @returns the replies, in the order of the items
   * @throws as {@link run}, also if one of the commands failed
   */
  async sendEach<T>(
    items: readonly T[],
    queue: (pipeline: ChainableCommander, item: T) => unknown,
  ): Promise<unknown[]> {
    const values: unknown[] = [];
    for (let at = 0; at < items.length; at += pipelinedCommands) {
      const replies = await this.run(async (redis) => {
        const pipeline = redis.pipeline();
        for (const item of items.slice(at, at + pipelinedCommands)) queue(pipeline, item);
        return valuesOf(await pipeline.exec());
      });
      for (const reply of replies) values.push(reply);
    }
    return values;
  }

  /** Closes the connection, if Redis is up after the replies to the commands under way. */
  async close(): Promise<void> {
    if (this.ready) await this.#redis.quit().catch(() => this.#redis.disconnect());
    else this.#redis.disconnect();
  }

  async #connect(): Promise<void> {
    try {
      await within(this.#redis.connect(), this.#connectDeadlineMs, () => {
        throw this.#lastError ?? new Error('no answer');
      });
    } finally {
      this.#hasTried = true;
    }
  }
}

/** @throws the error of the first command that failed */
function valuesOf(replies: Replies): unknown[] {
  return (replies ?? []).map(([error, reply]) => {
    if (error !== null) throw error;
    return reply;
  });
}
