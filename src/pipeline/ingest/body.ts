import type { FastifyRequest } from 'fastify';

import { parseJson, type ParsedJson } from '../contract/json.js';
import type { ByteBudget } from './http/byteBudget.js';
import { HttpProblem, retryAfter } from './http/problem.js';
import type { HttpServer } from './http/server.js';

/** The media types of a request body: one JSON text, or one per line. */
export const mediaTypes = { json: 'application/json', ndjson: 'application/x-ndjson' } as const;

/**
 * Makes the routes of a scope accept bodies of these media types as raw bytes, for the strict
 * parser of the contract. Any other type and any compressed body is rejected with 415; a body that
 * exceeds the remaining budget of all requests is rejected with 429.
 */
export function acceptBodies(
  app: HttpServer,
  accepted: readonly string[],
  budget: ByteBudget,
): void {
  const types = accepted.join(' or ');
  app.addHook('onRequest', (request, _reply, done) => {
    const encoding = request.headers['content-encoding'] ?? 'identity';
    if (encoding.toLowerCase() !== 'identity') {
      throw new HttpProblem(415, `The body must not be compressed (content-encoding: ${encoding})`);
    }
    done();
  });
  app.addHook('onRequest', (request, reply, done) => {
    // The bytes are reserved from the start of the request to the end of the response, because the
    // parsed body takes memory, too.
    const release = budget.take(announcedBytes(request));
    if (release === undefined) {
      const detail = 'Too many request bodies are in flight';
      throw new HttpProblem(429, detail, { headers: retryAfter });
    }
    reply.raw.once('close', release);
    done();
  });
  app.addContentTypeParser([...accepted], { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
  // Fastify's own message does not name the accepted types.
  app.addContentTypeParser('*', (request: FastifyRequest) => {
    const given = request.headers['content-type'] ?? 'none';
    throw new HttpProblem(415, `The content-type must be ${types}, not ${given}`, {
      headers: { 'accept-post': accepted.join(', ') },
    });
  });
}

/**
 * The maximum size of a request's body, in bytes: its Content-Length, or else the limit of the
 * route.
 */
function announcedBytes({ headers, routeOptions }: FastifyRequest): number {
  const length = Number(headers['content-length'] ?? Infinity);
  return Math.min(length, routeOptions.bodyLimit);
}

/**
 * The bytes of a request's body.
 * @throws HttpProblem 400 if the body is empty
 */
export function bodyOf(request: FastifyRequest): Buffer {
  if (Buffer.isBuffer(request.body) && request.body.length > 0) return request.body;
  throw new HttpProblem(400, 'The body is empty');
}

export function isNdjson(request: FastifyRequest): boolean {
  const type = request.headers['content-type'] ?? '';
  return type.toLowerCase().startsWith(mediaTypes.ndjson);
}

/**
 * Parses an NDJSON body, one item per line. Blank lines are ignored. A line that is not valid JSON
 * does not affect the others.
 * @throws HttpProblem 413 if there are more than `limit` items
 */
export function parseLines(body: Buffer, limit: number): ParsedJson[] {
  const items: ParsedJson[] = [];
  for (let start = 0; start < body.length;) {
    const newline = body.indexOf(0x0a, start);
    const end = newline === -1 ? body.length : newline;
    const line = body.subarray(start, end);
    start = end + 1;
    if (isBlank(line)) continue;
    if (items.length === limit) throw tooMany(limit);
    items.push(parseJson(line));
  }
  return items;
}

/**
 * Parses the items of a JSON array.
 * @throws HttpProblem 400 if it is not valid JSON, 422 if it is not an array, 413 if it is too long
 */
export function parseArray(body: Buffer, limit: number): ParsedJson[] {
  const parsed = parseJson(body);
  if (!parsed.ok) throw notJson(parsed.message);
  const items: unknown = parsed.value;
  if (!Array.isArray(items)) {
    const errors = [{ path: '', message: 'must be an array of events' }];
    throw new HttpProblem(422, 'The body is not a batch', { errors });
  }
  if (items.length > limit) throw tooMany(limit);
  return items.map((value: unknown) => ({ ok: true, value }));
}

export function notJson(message: string): HttpProblem {
  return new HttpProblem(400, `The body is not valid JSON: ${message}`);
}

function tooMany(limit: number): HttpProblem {
  return new HttpProblem(413, `A batch may contain at most ${limit} events`);
}

/** Whether a line contains only JSON whitespace. */
function isBlank(line: Buffer): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}
