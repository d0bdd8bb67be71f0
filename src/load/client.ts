import { Pool, type Dispatcher } from 'undici';

import type { FieldProblem } from '../pipeline/contract/event.js';
import { isJsonObject, type JsonObject } from '../pipeline/contract/json.js';
import { mediaTypes } from '../pipeline/ingest/body.js';
import type { ItemResult } from '../pipeline/ingest/events.js';
import { Failure } from '../util/failure.js';
import { pause } from '../util/pause.js';

/** The outcome of one event that was sent. */
export type Outcome =
  | { readonly kind: 'accepted'; readonly eventId: string }
  /** Permanently rejected: the HTTP status (422 for an item of a batch) and the invalid fields. */
  | {
      readonly kind: 'rejected';
      readonly status: number;
      readonly detail: string;
      readonly errors: readonly FieldProblem[];
    }
  /** Unknown: no final response within the deadline. */
  | { readonly kind: 'failed'; readonly detail: string };

export interface DeliveryOptions {
  /** No retry starts later than this many milliseconds after the first attempt. */
  readonly deadlineMs: number;
  /** Aborts the wait for a retry. */
  readonly signal: AbortSignal;
  /** Called before each retry with the reason for it. */
  readonly onRetry?: (reason: string) => void;
}

/** Response statuses of transient errors, after which the same events are sent again. */
const retriable = new Set([408, 429, 502, 503, 504]);
const requestTimeoutMs = 30_000;
const probeTimeoutMs = 3_000;
const backoff = { firstMs: 50, maxMs: 1_000 } as const;

interface Body {
  readonly type: string;
  readonly text: string;
}

interface Answer {
  readonly status: number;
  readonly body: JsonObject;
  readonly retryAfterMs: number | undefined;
}

/**
 * Sends events to an ingest server over a bounded pool of keep-alive connections. It retries after
 * a 429, a 503 or a broken connection. Since the event_id makes a retry safe, every event must have
 * one.
 */
export class IngestClient {
  readonly #pool: Pool;
  readonly #authorization: Readonly<Record<string, string>>;

  /**
   * @param url the address of the server, such as `http://127.0.0.1:8080`
   * @param connections maximum number of concurrent requests
   * @param apiKey the API key, if ingest requires one
   */
  constructor(url: string, connections: number, apiKey?: string) {
    this.#authorization = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
    this.#pool = new Pool(new URL(url).origin, {
      connections,
      pipelining: 1,
      headersTimeout: requestTimeoutMs,
      bodyTimeout: requestTimeoutMs,
      connect: { timeout: 5_000 },
    });
  }

  /** Checks that the server is healthy. @returns undefined, or the problem in words */
  async problem(): Promise<string | undefined> {
    try {
      const timeout = { headersTimeout: probeTimeoutMs, bodyTimeout: probeTimeoutMs };
      const response = await this.#pool.request({ path: '/healthz', method: 'GET', ...timeout });
      await response.body.dump();
      return response.statusCode === 200
        ? undefined
        : `it responded with HTTP ${response.statusCode}`;
    } catch (error) {
      return describe(error);
    }
  }

  /** Sends one event (its JSON text). @throws Failure (invalid_argument) if ingest rejects the API key */
  async sendOne(json: string, options: DeliveryOptions): Promise<Outcome> {
    const body = { type: mediaTypes.json, text: json };
    const answer = await this.#deliver('/api/v1/events', body, options);
    if ('kind' in answer) return answer;
    return answer.status === 202
      ? { kind: 'accepted', eventId: String(answer.body['event_id']) }
      : rejection(answer.status, answer.body);
  }

  /**
   * Sends many events (their JSON texts, one line each) in one request. The request is NDJSON, so
   * an invalid line does not affect the others.
   * @returns one outcome per event, in order
   * @throws Failure (invalid_argument) if ingest rejects the API key
   */
  async sendBatch(jsons: readonly string[], options: DeliveryOptions): Promise<Outcome[]> {
    const body = { type: mediaTypes.ndjson, text: jsons.join('\n') };
    const answer = await this.#deliver('/api/v1/events/batch', body, options);
    if ('kind' in answer) return jsons.map(() => answer);
    if (answer.status !== 202) return jsons.map(() => rejection(answer.status, answer.body));
    const results = answer.body['results'] as readonly ItemResult[];
    return results.map((item) =>
      item.status === 'success'
        ? { kind: 'accepted', eventId: item.event_id }
        : rejection(422, { detail: 'The event violates the schema', errors: item.errors }),
    );
  }

  /** Closes the connections and aborts requests in flight. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #deliver(path: string, body: Body, options: DeliveryOptions): Promise<Answer | Outcome> {
    const endMs = performance.now() + options.deadlineMs;
    for (let waitMs: number = backoff.firstMs; ; waitMs = Math.min(2 * waitMs, backoff.maxMs)) {
      const answer = await this.#post(path, body);
      if (typeof answer !== 'string' && answer.status === 401) throw unauthorized();
      if (typeof answer !== 'string' && !retriable.has(answer.status)) return answer;
      const reason = typeof answer === 'string' ? answer : detailOf(answer.status, answer.body);
      const pauseMs = (typeof answer === 'string' ? undefined : answer.retryAfterMs) ?? waitMs;
      const late = performance.now() + pauseMs > endMs;
      if (late || !(await pause(pauseMs, options.signal))) {
        return { kind: 'failed', detail: reason };
      }
      options.onRetry?.(reason);
    }
  }

  /** @returns the response, or why there is none, in words */
  async #post(path: string, body: Body): Promise<Answer | string> {
    try {
      const response = await this.#pool.request({
        path,
        method: 'POST',
        headers: { 'content-type': body.type, ...this.#authorization },
        body: body.text,
      });
      return {
        status: response.statusCode,
        body: await readJson(response),
        retryAfterMs: retryAfterOf(response.headers['retry-after']),
      };
    } catch (error) {
      return describe(error);
    }
  }
}

function unauthorized(): Failure {
  return new Failure('ingest requires an API key, and the key is missing or invalid', {
    code: 'invalid_argument',
    cure: 'Set GAMEMETRICS_API_KEYS to a key that ingest accepts; the first of several is used.',
  });
}

/** The error in one line: of a failed connection to several addresses, the first error. */
function describe(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return describe(error.errors[0]);
  return error instanceof Error ? error.message || error.name : String(error);
}

async function readJson(response: Dispatcher.ResponseData): Promise<JsonObject> {
  const body: unknown = await response.body.json();
  if (isJsonObject(body)) return body;
  throw new Error('The response is not from an ingest server');
}

function rejection(status: number, body: JsonObject): Outcome {
  const errors = (body['errors'] ?? []) as readonly FieldProblem[];
  return { kind: 'rejected', status, detail: detailOf(status, body), errors };
}

function detailOf(status: number, body: JsonObject): string {
  const { detail } = body;
  return typeof detail === 'string' ? detail : `HTTP ${status}`;
}

/** Reads a number of seconds, the only form that ingest sends; capped at the longest backoff. */
function retryAfterOf(header: string | string[] | undefined): number | undefined {
  const seconds = typeof header === 'string' ? Number(header) : NaN;
  return Number.isFinite(seconds) && seconds >= 0
    ? Math.min(seconds * 1_000, backoff.maxMs)
    : undefined;
}
