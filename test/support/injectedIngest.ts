import { Registry } from 'prom-client';
import { onTestFinished } from 'vitest';

import type { HttpServer } from '../../src/pipeline/ingest/http/server.js';
import type { EventReader } from '../../src/pipeline/ingest/ports.js';
import { createIngest, type IngestOptions } from '../../src/pipeline/ingest/server.js';
import type { OutgoingRecord } from '../../src/stores/kafka/producer.js';

/** The clock of ingest in these tests. */
export const nowMs = Date.parse('2026-07-01T10:20:30.040Z');

export const uuidV7 = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

export const emptyReader: EventReader = {
  getEvent: () => Promise.resolve([]),
  getPlayerStatistics: () => Promise.resolve(undefined),
  getLeaderboard: (query) => Promise.resolve(query),
};

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  /** The JSON body; any other body as `text`. */
  readonly body: Record<string, unknown>;
}

/** An ingest server without a socket, whose producer collects events; closed after the test. */
export class InjectedIngest {
  readonly sent: OutgoingRecord[] = [];
  /** The error with which the producer rejects while it is set. */
  failure: Error | undefined;
  readonly #app: HttpServer;

  constructor(options: Partial<IngestOptions> = {}) {
    this.#app = createIngest({
      producer: {
        queuedBytes: 42,
        send: (records) => {
          if (this.failure !== undefined) return Promise.reject(this.failure);
          this.sent.push(...records);
          return Promise.resolve();
        },
      },
      reader: emptyReader,
      ready: () => Promise.resolve([{ name: 'kafka', ready: true }]),
      metrics: new Registry(),
      namespace: 't1.',
      now: () => nowMs,
      ...options,
    });
    onTestFinished(() => this.#app.close());
  }

  async call(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    payload?: string | Buffer,
    headers: Record<string, string> = { 'content-type': 'application/json' },
  ): Promise<Answer> {
    const body = payload === undefined ? {} : { payload, headers };
    const response = await this.#app.inject({ method, url, ...body });
    const isJson = response.headers['content-type']?.toString().includes('json') ?? false;
    return {
      status: response.statusCode,
      headers: response.headers,
      body: isJson ? response.json() : { text: response.body },
    };
  }

  post(event: unknown): Promise<Answer> {
    return this.call('POST', '/api/v1/events', JSON.stringify(event));
  }

  postBatch(events: unknown): Promise<Answer> {
    return this.call('POST', '/api/v1/events/batch', JSON.stringify(events));
  }
}
