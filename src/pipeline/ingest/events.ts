import type { RouteHandlerMethod } from 'fastify';

import type { FieldProblem, PlayerEvent } from '../contract/event.js';
import { parseJson } from '../contract/json.js';
import {
  bodyOf,
  isNdjson,
  mediaTypes,
  notJson,
  parseArray,
  parseLines,
  acceptBodies,
} from './body.js';
import { ByteBudget } from './http/byteBudget.js';
import { HttpProblem } from './http/problem.js';
import { resource, type HttpServer } from './http/server.js';
import type { IngestMetrics } from './metrics.js';
import type { Publish } from './publish.js';
import { completeSubmission } from './record.js';

/** Limits of a request, and of the bodies of all requests in flight. */
export const bounds = {
  eventBytes: 128 * 1024,
  batchBytes: 8 * 1024 * 1024,
  batchEvents: 10_000,
  bodiesBytes: 64 * 1024 * 1024,
} as const;

export interface EventRoutesOptions {
  readonly publish: Publish;
  readonly metrics: IngestMetrics;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The result of one item of a batch, with the same members as the response to a single event. */
export type ItemResult =
  | { readonly status: 'success'; readonly event_id: string }
  | { readonly status: 'rejected'; readonly errors: readonly FieldProblem[] };

/** Adds POST /api/v1/events and POST /api/v1/events/batch. */
export function addEventRoutes(app: HttpServer, options: EventRoutesOptions): void {
  const budget = new ByteBudget(bounds.bodiesBytes);
  app.register((scope, _options, done) => {
    acceptBodies(scope, [mediaTypes.json], budget);
    resource(
      scope,
      '/api/v1/events',
      { POST: postEvent(options) },
      { bodyLimit: bounds.eventBytes },
    );
    done();
  });
  app.register((scope, _options, done) => {
    acceptBodies(scope, [mediaTypes.json, mediaTypes.ndjson], budget);
    const handlers = { POST: postBatch(options) };
    resource(scope, '/api/v1/events/batch', handlers, { bodyLimit: bounds.batchBytes });
    done();
  });
}

/** Responds 202 only once Kafka has acknowledged the event. */
function postEvent({ publish, metrics, now }: EventRoutesOptions): RouteHandlerMethod {
  return async (request, reply) => {
    const parsed = parseJson(bodyOf(request));
    if (!parsed.ok) {
      metrics.rejected('not_json', 1);
      throw notJson(parsed.message);
    }
    const completed = completeSubmission(parsed.value, now());
    if (!completed.ok) {
      metrics.rejected('invalid', 1);
      throw new HttpProblem(422, 'The event violates the schema', { errors: completed.problems });
    }
    await publish([completed.value]);
    return reply.code(202).send({ status: 'success', event_id: completed.value.event_id });
  };
}

/** Responds 202 with one result per item, in order; invalid items do not affect the others. */
function postBatch({ publish, metrics, now }: EventRoutesOptions): RouteHandlerMethod {
  return async (request, reply) => {
    const body = bodyOf(request);
    const items = isNdjson(request)
      ? parseLines(body, bounds.batchEvents)
      : parseArray(body, bounds.batchEvents);
    const nowMs = now();
    const good: PlayerEvent[] = [];
    const results = items.map((item): ItemResult => {
      const checked = item.ok ? completeSubmission(item.value, nowMs) : undefined;
      if (checked?.ok === true) {
        good.push(checked.value);
        return { status: 'success', event_id: checked.value.event_id };
      }
      metrics.rejected(item.ok ? 'invalid' : 'not_json', 1);
      const errors = item.ok ? [] : [{ path: '', message: `is not valid JSON: ${item.message}` }];
      return { status: 'rejected', errors: checked?.problems ?? errors };
    });
    await publish(good);
    const rejected = items.length - good.length;
    const status = rejected === 0 ? 'success' : 'partial';
    return reply.code(202).send({ status, accepted: good.length, rejected, results });
  };
}
