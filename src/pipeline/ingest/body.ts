import type { FastifyRequest } from 'fastify';

import { parseJson, type ParsedJson } from '../contract/json.js';
import type { ByteBudget } from './http/byteBudget.js';
import { HttpProblem, tryAgain } from './http/problem.js';
import type { HttpServer } from './http/server.js';

/** The media types of a body: one JSON text, or one a line. */
export const mediaTypes = { json: 'application/json', ndjson: 'application/x-ndjson' } as const;

/**
 * Lets a scope's routes take bodies of these media types, as raw bytes: the contract's own strict
 * parser reads them. All others are answered 415, and so is a compressed body; 429 what the budget
 * of all requests together has no room for.
 */
export function takeBodies(app: HttpServer, accepted: readonly string[], budget: ByteBudget): void {
  const words = accepted.join(' or ');
  app.addHook('onRequest', (request, _reply, done) => {
    const encoding = request.headers['content-encoding'] ?? 'identity';
    if (encoding.toLowerCase() !== 'identity') {
      throw new HttpProblem(415, `The body must not be compressed (content-encoding: ${encoding})`);
    }
    done();
  });
  app.addHook('onRequest', (request, reply, done) => {
    // From the first byte until the answer: the body, and then what was made of it.
    const release = budget.take(announcedBytes(request));
    if (release === undefined) {
      const detail = 'Too many bodies are under way';
      throw new HttpProblem(429, detail, { headers: tryAgain });
    }
    reply.raw.once('close', release);
    done();
  });
  app.addContentTypeParser([...accepted], { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
  // Without this, Fastify's own words: they do not say which type is right.
  app.addContentTypeParser('*', (request: FastifyRequest) => {
    const given = request.headers['content-type'] ?? 'none';
    throw new HttpProblem(415, `The content-type must be ${words}, not ${given}`, {
      headers: { 'accept-post': accepted.join(', ') },
    });
  });
}

/** How large a body will be at most: one that does not tell its length may reach the limit. */
function announcedBytes({ headers, routeOptions }: FastifyRequest): number {
  const length = Number(headers['content-length'] ?? Infinity);
  return Math.min(length, routeOptions.bodyLimit);
}

/**
 * The bytes of a request's body.
 * @throws HttpProblem 400 where there is none
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
 * The JSON texts of an NDJSON body, one a line; blank lines are none.
 * A line that is not JSON does not touch the others.
 * @throws HttpProblem 413 where there are more than `limit`
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
 * The items of a JSON array.
 * @throws HttpProblem 400 where it is not JSON, 422 where it is no array, 413 where it is too long
 */
export function parseArray(body: Buffer, limit: number): ParsedJson[] {
  const parsed = parseJson(body);
  if (!parsed.ok) throw notJson(parsed.message);
  const items: unknown = parsed.value;
  if (!Array.isArray(items)) {
    const errors = [{ path: '', message: 'must be an array of events' }];
    throw new HttpProblem(422, 'The body is no batch', { errors });
  }
  if (items.length > limit) throw tooMany(limit);
  return items.map((value: unknown) => ({ ok: true, value }));
}

export function notJson(message: string): HttpProblem {
  return new HttpProblem(400, `The body is not JSON: ${message}`);
}

function tooMany(limit: number): HttpProblem {
  return new HttpProblem(413, `A batch has at most ${limit} events`);
}

/** Only the bytes that JSON calls whitespace. */
function isBlank(line: Buffer): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}
