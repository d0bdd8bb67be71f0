import type { IncomingMessage, ServerResponse, Server } from 'node:http';
import type { Socket } from 'node:net';

import Fastify, { type FastifyError, type FastifyInstance, type RouteHandlerMethod } from 'fastify';
import type { Logger } from 'pino';

import { StoreUnavailable } from '../../../stores/errors.js';
import { describeError } from '../../../util/describeError.js';
import { Failure } from '../../../util/failure.js';
import {
  HttpProblem,
  problemBody,
  problemMediaType,
  sendProblem,
  titleOf,
  retryAfter,
} from './problem.js';

export type HttpServer = FastifyInstance<Server, IncomingMessage, ServerResponse>;

/** A listening server. */
export interface Listening {
  /** Such as `http://127.0.0.1:8080`, without a trailing slash. */
  readonly url: string;
  /** Stops accepting, lets the requests in flight finish (for at most 5 s), then resolves. */
  stop(): Promise<void>;
}

export interface HttpServerOptions {
  /** Receives only unexpected errors, which are answered with 500. */
  readonly log?: Logger;
  /** How long a request may take to arrive, in milliseconds. Default 30 s. */
  readonly requestTimeoutMs?: number;
  /** How long a connection may be idle before it is closed, in milliseconds. Default 70 s. */
  readonly idleTimeoutMs?: number;
  /** The maximum number of connections; further ones are closed immediately. Default 2,048. */
  readonly maxConnections?: number;
}

/** Limits of each connection, in milliseconds: a slow or silent client cannot keep one forever. */
const timeouts = {
  headers: 10_000,
  request: 30_000,
  keepAlive: 65_000,
  idle: 70_000,
  check: 500,
} as const;
const connectionLimit = 2_048;
const stopGraceMs = 5_000;
const headerBytes = 16 * 1024;

/**
 * Creates a Fastify instance that sends every error, including those of Fastify and Node.js, as
 * application/problem+json, and that reads bodies only with the parsers that a route adds.
 */
export function createHttpServer(options: HttpServerOptions = {}): HttpServer {
  const { log, requestTimeoutMs = timeouts.request } = options;
  const { idleTimeoutMs = timeouts.idle, maxConnections = connectionLimit } = options;
  const app: HttpServer = Fastify({
    return503OnClosing: false,
    requestTimeout: requestTimeoutMs,
    // A client that stops reading its responses sends no requests, so no request timeout applies.
    connectionTimeout: idleTimeoutMs,
    keepAliveTimeout: timeouts.keepAlive,
    http: {
      headersTimeout: Math.min(timeouts.headers, requestTimeoutMs),
      connectionsCheckingInterval: timeouts.check,
      maxHeaderSize: headerBytes,
    },
    // Path parameters are names of up to 100 characters, each of up to 12 characters when escaped.
    routerOptions: { maxParamLength: 1_200 },
    frameworkErrors: (error, _request, reply) => {
      sendProblem(reply, problemOf(error));
    },
    clientErrorHandler: answerUnreadable,
  });
  app.server.maxConnections = maxConnections;
  app.removeAllContentTypeParsers();
  app.setErrorHandler((error, request, reply) => {
    const problem =
      codeOf(error) === 'FST_ERR_CTP_BODY_TOO_LARGE'
        ? new HttpProblem(413, `The body is larger than ${request.routeOptions.bodyLimit} bytes`)
        : problemOf(error);
    if (problem.status === 500) {
      const { id, method, routeOptions } = request;
      // Headers, body and path are not logged, because they may contain keys and names of players.
      const at = { request: id, method, route: routeOptions.url };
      log?.error({ ...at, err: error }, `a request failed: ${describeError(error)}`);
    }
    return sendProblem(reply, problem);
  });
  app.setNotFoundHandler(notFound);
  // Respond before the body is read, so that its type and size are not checked for an unknown route.
  app.addHook('onRequest', async (request) => {
    if (request.is404) notFound(request);
    return Promise.resolve();
  });
  return app;
}

/**
 * Adds a resource with its methods; any other method is rejected with 405 and an Allow header. GET
 * includes HEAD.
 */
export function resource(
  app: HttpServer,
  url: string,
  handlers: Partial<Record<'GET' | 'POST', RouteHandlerMethod>>,
  options: { readonly bodyLimit?: number } = {},
): void {
  const allowed = Object.keys(handlers);
  for (const [method, handler] of Object.entries(handlers)) {
    app.route({ method: method, url, handler, ...options });
  }
  if (allowed.includes('GET')) allowed.push('HEAD');
  app.route({
    method: app.supportedMethods.filter((method) => !allowed.includes(method)),
    url,
    onRequest: (request) => {
      const allow = allowed.join(', ');
      throw new HttpProblem(405, `${request.method} is not allowed; use ${allow}`, {
        headers: { allow },
      });
    },
    handler: notFound,
  });
}

/**
 * Starts listening.
 * @throws Failure (service_failed) if the port is in use or the address does not belong to this
 *   machine
 */
export async function listen(app: HttpServer, host: string, port: number): Promise<Listening> {
  try {
    const url = await app.listen({ host, port });
    let stopped: Promise<void> | undefined;
    return { url, stop: () => (stopped ??= close(app)) };
  } catch (error) {
    await app.close();
    throw listenFailure(error, host, port);
  }
}

async function close(app: HttpServer): Promise<void> {
  const grace = setTimeout(() => app.server.closeAllConnections(), stopGraceMs);
  try {
    await app.close();
  } finally {
    clearTimeout(grace);
  }
}

function listenFailure(error: unknown, host: string, port: number): unknown {
  const why = {
    EADDRINUSE: 'the port is in use',
    EACCES: 'this user is not allowed to use the port',
    EADDRNOTAVAIL: 'the address does not belong to this machine',
    ENOTFOUND: 'the host name cannot be resolved',
  }[String(codeOf(error))];
  if (why === undefined) return error;
  return new Failure(`cannot listen on ${host}:${port}: ${why}`, {
    code: 'service_failed',
    cure: 'Choose another port or address, or stop the process that uses it.',
    cause: error,
  });
}

function notFound(request: { url: string }): never {
  const path = request.url.split('?', 1)[0] ?? '';
  throw new HttpProblem(404, `There is no resource at ${path.slice(0, 200)}`);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** Converts an error that reached Fastify to a problem for the client. */
function problemOf(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof StoreUnavailable) {
    const detail = `${error.store} is unavailable`;
    return new HttpProblem(503, detail, { headers: retryAfter, cause: error });
  }
  const { statusCode = 500, message } = error as Partial<FastifyError>;
  return statusCode >= 400 && statusCode < 500
    ? new HttpProblem(statusCode, message ?? 'The request is not valid', { cause: error })
    : new HttpProblem(500, 'Internal error; see the log of the server', { cause: error });
}

/** Responds on the raw socket to a request that Node.js could not parse, and closes the socket. */
function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = unreadable(error.code);
  const body = problemBody(problem);
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${titleOf(problem.status)}`,
      `content-type: ${problemMediaType}`,
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

function unreadable(code: string | undefined): HttpProblem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new HttpProblem(431, `The headers are larger than ${headerBytes} bytes`);
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new HttpProblem(408, 'The request did not arrive in time');
    default:
      return new HttpProblem(400, 'The request is not valid HTTP');
  }
}
