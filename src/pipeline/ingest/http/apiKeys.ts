import { createHash, timingSafeEqual } from 'node:crypto';

import type { FastifyRequest } from 'fastify';

import { HttpProblem } from './problem.js';
import type { HttpServer } from './server.js';

/**
 * The routes that require no key: probes and scrapers have none, and these routes and the API
 * description expose neither events nor players.
 */
const open = new Set(['/healthz', '/readyz', '/metrics', '/openapi.json']);

/**
 * Requires one of the keys in each request, as `Authorization: Bearer KEY` or `X-Api-Key: KEY`.
 * Requests without one are rejected with 401 before the body is read. If `keys` is empty, no key is
 * required. Only digests are stored, and they are compared in constant time, so that neither memory
 * nor timing reveals a key.
 */
export function requireApiKey(app: HttpServer, keys: readonly string[]): void {
  if (keys.length === 0) return;
  const digests = keys.map(digestOf);
  app.addHook('onRequest', (request, _reply, done) => {
    if (!open.has(request.routeOptions.url ?? '') && !isKnown(request, digests)) {
      throw new HttpProblem(401, 'The API key is missing or wrong', {
        headers: { 'www-authenticate': 'Bearer realm="gamemetrics"' },
      });
    }
    done();
  });
}

function isKnown({ headers }: FastifyRequest, digests: readonly Buffer[]): boolean {
  const bearer = /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  const given = [bearer, headers['x-api-key']].filter((key) => typeof key === 'string');
  let known = false;
  for (const key of given.map(digestOf)) {
    // All digests are compared, so that the time does not depend on which key matches.
    for (const digest of digests) known = timingSafeEqual(key, digest) || known;
  }
  return known;
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
