import { z } from 'zod';

import { submissionSchema } from '../contract/event.js';
import { mediaTypes } from './body.js';
import { bounds } from './events.js';
import { problemMediaType } from './http/problem.js';
import { leaderboardQuerySchema } from './reads.js';

type Json = Record<string, unknown>;

const fieldProblem = z.object({ path: z.string(), message: z.string() });

const schemas = {
  Event: submissionSchema,
  Accepted: z.object({ status: z.literal('success'), event_id: z.guid() }),
  BatchResult: z.object({
    status: z.enum(['success', 'partial']),
    accepted: z.int().min(0),
    rejected: z.int().min(0),
    results: z.array(
      z.union([
        z.object({ status: z.literal('success'), event_id: z.guid() }),
        z.object({ status: z.literal('rejected'), errors: z.array(fieldProblem) }),
      ]),
    ),
  }),
  Problem: z.object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z.array(fieldProblem).optional(),
    event_ids: z.array(z.guid()).optional(),
  }),
};

const problems: Record<number, string> = {
  400: 'The body is not valid JSON in UTF-8',
  401: 'The API key is missing or wrong',
  404: 'Not found, or not stored yet',
  413: 'The body or the batch is too large',
  415: 'The content-type is not supported',
  422: 'The request violates the schema; `errors` lists every invalid field',
  429: 'Too many requests are in flight; retry after Retry-After seconds',
  503: 'A store is unavailable; retry after Retry-After seconds with the same event_id',
};

/** The two headers in which a client may send its key. */
const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer' },
  apiKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
};

/**
 * The OpenAPI 3.1 document, generated from the schemas that validate requests.
 * @param withKeys whether the API requires a key
 */
export function openApiDocument({ withKeys }: { readonly withKeys: boolean }): Json {
  /** The responses of an operation, including 401 if the API requires a key. */
  const answers = (status: number, description: string, schema: Json, failures: number[]): Json =>
    answersWith(status, description, schema, withKeys ? [401, ...failures] : failures);
  const batch = { type: 'array', items: ref('Event'), maxItems: bounds.batchEvents };
  return {
    openapi: '3.1.0',
    info: {
      title: 'gamemetrics ingest',
      version: '1',
      description:
        'A 2xx response means that Kafka has acknowledged the event. After any other response, the ' +
        'event can be sent again with the same event_id and is counted once.',
    },
    paths: {
      '/api/v1/events': {
        post: {
          summary: 'Accepts one event',
          requestBody: body({ [mediaTypes.json]: { schema: ref('Event') } }),
          responses: answers(
            202,
            'Kafka has acknowledged the event',
            ref('Accepted'),
            [400, 413, 415, 422, 429, 503],
          ),
        },
      },
      '/api/v1/events/batch': {
        post: {
          summary: 'Accepts a batch of events; invalid events do not affect the others',
          requestBody: body({
            [mediaTypes.json]: { schema: batch },
            [mediaTypes.ndjson]: { schema: ref('Event') },
          }),
          responses: answers(
            202,
            'Kafka has acknowledged the valid events; one result per item',
            ref('BatchResult'),
            [400, 413, 415, 422, 429, 503],
          ),
        },
      },
      '/api/v1/events/{event_id}': {
        get: {
          summary: 'The stored events with an event_id, one per player',
          parameters: [pathParameter('event_id')],
          responses: answers(200, 'The stored events', { type: 'object' }, [404, 422, 503]),
        },
      },
      '/api/v1/players/{player_id}/statistics': {
        get: {
          summary: "A player's statistics and session",
          parameters: [pathParameter('player_id')],
          responses: answers(200, 'The statistics', { type: 'object' }, [404, 422, 503]),
        },
      },
      '/api/v1/leaderboards/{game_id}': {
        get: {
          summary: 'A leaderboard: its top rows, or the rows around a player',
          parameters: [pathParameter('game_id'), ...queryParameters()],
          responses: answers(200, 'The leaderboard', { type: 'object' }, [422, 503]),
        },
      },
      '/healthz': probe('Liveness', [200]),
      '/readyz': probe('Readiness, with the state of each dependency', [200, 503]),
      '/metrics': probe('Metrics for Prometheus', [200]),
    },
    ...(withKeys ? { security: Object.keys(securitySchemes).map((name) => ({ [name]: [] })) } : {}),
    components: {
      ...(withKeys ? { securitySchemes } : {}),
      schemas: Object.fromEntries(
        Object.entries(schemas).map(([name, schema]) => [name, jsonSchema(schema)]),
      ),
    },
  };
}

function jsonSchema(schema: z.ZodType): Json {
  const json = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    // The format is sufficient; zod's patterns for formats are very long.
    override: ({ jsonSchema: part }) => {
      if (part.format !== undefined) delete part.pattern;
    },
  });
  delete json.$schema;
  return json;
}

function queryParameters(): Json[] {
  const { properties = {} } = z.toJSONSchema(leaderboardQuerySchema, { io: 'input' });
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', schema }));
}

function pathParameter(name: string): Json {
  return { name, in: 'path', required: true, schema: { type: 'string' } };
}

function body(content: Json): Json {
  return { required: true, content };
}

function answersWith(status: number, description: string, schema: Json, failures: number[]): Json {
  const problem = { [problemMediaType]: { schema: ref('Problem') } };
  return {
    [status]: { description, content: { [mediaTypes.json]: { schema } } },
    ...Object.fromEntries(
      failures.map((code) => [code, { description: problems[code], content: problem }]),
    ),
  };
}

function probe(summary: string, statuses: number[]): Json {
  const responses = statuses.map((status) => [status, { description: summary }]);
  return { get: { summary, security: [], responses: Object.fromEntries(responses) as Json } };
}

function ref(name: keyof typeof schemas): Json {
  return { $ref: `#/components/schemas/${name}` };
}
