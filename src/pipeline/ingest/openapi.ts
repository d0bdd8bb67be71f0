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
  400: 'Not JSON, or not UTF-8',
  401: 'No API key, or a wrong one',
  404: 'Nothing is there (yet)',
  413: 'Too large',
  415: 'Not the right content-type',
  422: 'Breaks the contract; `errors` names every failing field',
  429: 'More is under way than may be; try again after Retry-After seconds',
  503: 'Something behind it is away; try again after Retry-After seconds with the same event_id',
};

/** How a client shows its key, by either header. */
const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer' },
  apiKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
};

/**
 * The OpenAPI 3.1 document, from the schemas that validate.
 * @param withKeys whether the API asks for a key
 */
export function openApiDocument({ withKeys }: { readonly withKeys: boolean }): Json {
  /** What the API answers: a 401, too, where it asks for a key. */
  const answers = (status: number, description: string, schema: Json, failures: number[]): Json =>
    answersWith(status, description, schema, withKeys ? [401, ...failures] : failures);
  const batch = { type: 'array', items: ref('Event'), maxItems: bounds.batchEvents };
  return {
    openapi: '3.1.0',
    info: {
      title: 'gamemetrics ingest',
      version: '1',
      description:
        'A 2xx means that Kafka has the event. After anything else it may be sent again with the ' +
        'same event_id and counts once.',
    },
    paths: {
      '/api/v1/events': {
        post: {
          summary: 'Takes one event',
          requestBody: body({ [mediaTypes.json]: { schema: ref('Event') } }),
          responses: answers(202, 'Kafka has it', ref('Accepted'), [400, 413, 415, 422, 429, 503]),
        },
      },
      '/api/v1/events/batch': {
        post: {
          summary: 'Takes many events; a bad one never sinks the good ones',
          requestBody: body({
            [mediaTypes.json]: { schema: batch },
            [mediaTypes.ndjson]: { schema: ref('Event') },
          }),
          responses: answers(
            202,
            'Kafka has the good ones; a result per item',
            ref('BatchResult'),
            [400, 413, 415, 422, 429, 503],
          ),
        },
      },
      '/api/v1/events/{event_id}': {
        get: {
          summary: 'The stored rows of an event_id, one a player',
          parameters: [pathParameter('event_id')],
          responses: answers(200, 'What is stored', { type: 'object' }, [404, 422, 503]),
        },
      },
      '/api/v1/players/{player_id}/statistics': {
        get: {
          summary: "A player's totals and session",
          parameters: [pathParameter('player_id')],
          responses: answers(200, 'What is counted', { type: 'object' }, [404, 422, 503]),
        },
      },
      '/api/v1/leaderboards/{game_id}': {
        get: {
          summary: 'A board: its top, or the rows around a player',
          parameters: [pathParameter('game_id'), ...queryParameters()],
          responses: answers(200, 'The board', { type: 'object' }, [422, 503]),
        },
      },
      '/healthz': probe('Liveness', [200]),
      '/readyz': probe('Readiness, each dependency by name', [200, 503]),
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
    // Formats say it; zod's patterns for them fill pages.
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
