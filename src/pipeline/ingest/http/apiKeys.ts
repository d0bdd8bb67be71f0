import { createHash, timingSafeEqual } from 'node:crypto';

import type { FastifyRequest } from 'fastify';

import { HttpProblem } from './problem.js';
import type { HttpServer } from './server.js';

/**
 * What is open to all: probes and scrapers have no key, and these hold no event and no player; nor
 * does the description of the API.
 */
const open = new Set(['/healthz', '/readyz', '/metrics', '/openapi.json']);

/**
 * Asks each request for one of the keys, as `Authorization: Bearer KEY` or `X-Api-Key: KEY`, before
 * its body is read: 401 without one. With no keys it asks nobody.
 * Only digests are kept, and compared in constant time, so that neither memory nor time tells a key.
 */
export function requireApiKey(app: HttpServer, keys: readonly string[]): void {
  if (keys.length === 0) return;
  const digests = keys.map(digestOf);
  app.addHook('onRequest', (request, _reply, done) => {
    if (!open.has(request.routeOptions.url ?? '') && !isKnown(request, digests)) {
      throw new HttpProblem(401, 'An API key is needed: its header is missing, or the key wrong', {
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
    // No early end: how long it takes does not depend on which key it is.
    for (const digest of digests) known = timingSafeEqual(key, digest) || known;
  }
  return known;
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
