import { Pool, type Dispatcher } from 'undici';

import type { FieldProblem } from '../pipeline/contract/event.js';
import { isJsonObject, type JsonObject } from '../pipeline/contract/json.js';
import { mediaTypes } from '../pipeline/ingest/body.js';
import type { ItemResult } from '../pipeline/ingest/events.js';
import { Failure } from '../util/failure.js';
import { pause } from '../util/pause.js';

/** What became of one event that was sent. */
export type Outcome =
  | { readonly kind: 'accepted'; readonly eventId: string }
  /** Refused for good: the HTTP status (422 for an item of a batch) and the failing fields. */
  | {
      readonly kind: 'rejected';
      readonly status: number;
      readonly detail: string;
      readonly errors: readonly FieldProblem[];
    }
  /** Nobody knows: no final answer within the deadline. */
  | { readonly kind: 'failed'; readonly detail: string };

export interface DeliveryOptions {
  /** No try begins later than this many milliseconds after the first. */
  readonly deadlineMs: number;
  /** Ends the waiting: no further try. */
  readonly signal: AbortSignal;
  /** Told before each further try, with its reason. */
  readonly onRetry?: (reason: string) => void;
}

/** Answers after which the same events may be sent again, and will likely be taken. */
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
 * Sends events to an ingest server over a bounded pool of kept-alive connections, and again after a
 * 429, a 503 or a broken connection: the event_ids make that safe, so every event must have one.
 */
export class IngestClient {
  readonly #pool: Pool;
  readonly #authorization: Readonly<Record<string, string>>;

  /**
   * @param url the server's address, such as `http://127.0.0.1:8080`
   * @param connections most requests under way at once
   * @param apiKey what ingest may ask for
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

  /** Asks whether a server is there. @returns undefined where one is, else in words what is wrong */
  async problem(): Promise<string | undefined> {
    try {
      const timeout = { headersTimeout: probeTimeoutMs, bodyTimeout: probeTimeoutMs };
      const response = await this.#pool.request({ path: '/healthz', method: 'GET', ...timeout });
      await response.body.dump();
      return response.statusCode === 200 ? undefined : `it answers HTTP ${response.statusCode}`;
    } catch (error) {
      return describe(error);
    }
  }

  /** Sends one event (its JSON text). @throws Failure (usage) where ingest refuses the API key */
  async sendOne(json: string, options: DeliveryOptions): Promise<Outcome> {
    const body = { type: mediaTypes.json, text: json };
    const answer = await this.#deliver('/api/v1/events', body, options);
    if ('kind' in answer) return answer;
    return answer.status === 202
      ? { kind: 'accepted', eventId: String(answer.body['event_id']) }
      : rejection(answer.status, answer.body);
  }

  /**
   * Sends many events (their JSON texts, each of one line) in one request, as NDJSON so that a text
   * that is no JSON spoils no other; an outcome for each, in order.
   * @throws Failure (usage) where ingest refuses the API key
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

  /** Closes the connections; what is under way is given up. */
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

  /** @returns the answer, or in words why there is none */
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
  return new Failure('ingest asks for an API key, and this one has none or a wrong one', {
    exit: 'usage',
    cure: 'Set GAMEMETRICS_API_KEYS to a key that ingest knows; of several the first is used.',
  });
}

/** One line on why there is no answer; a failed connection to several addresses has many reasons. */
function describe(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return describe(error.errors[0]);
  return error instanceof Error ? error.message || error.name : String(error);
}

async function readJson(response: Dispatcher.ResponseData): Promise<JsonObject> {
  const body: unknown = await response.body.json();
  if (isJsonObject(body)) return body;
  throw new Error('The answer is not that of an ingest server');
}

function rejection(status: number, body: JsonObject): Outcome {
  const errors = (body['errors'] ?? []) as readonly FieldProblem[];
  return { kind: 'rejected', status, detail: detailOf(status, body), errors };
}

function detailOf(status: number, body: JsonObject): string {
  const { detail } = body;
  return typeof detail === 'string' ? detail : `HTTP ${status}`;
}

/** Seconds as a number are all that an ingest server sends; at most the longest backoff is waited. */
function retryAfterOf(header: string | string[] | undefined): number | undefined {
  const seconds = typeof header === 'string' ? Number(header) : NaN;
  return Number.isFinite(seconds) && seconds >= 0
    ? Math.min(seconds * 1_000, backoff.maxMs)
    : undefined;
}
