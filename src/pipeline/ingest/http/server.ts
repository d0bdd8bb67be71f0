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
  tryAgain,
} from './problem.js';

export type HttpServer = FastifyInstance<Server, IncomingMessage, ServerResponse>;

/** A server that listens: its address, and the end of it. */
export interface Listening {
  /** Such as `http://127.0.0.1:8080`, without a slash at its end. */
  readonly url: string;
  /** Stops accepting, lets the requests in flight finish (for at most 5 s), then resolves. */
  stop(): Promise<void>;
}

export interface HttpServerOptions {
  /** Gets what is a bug (answered as 500), and nothing else. */
  readonly log?: Logger;
  /** A request has to arrive within this many milliseconds. Default 30 s. */
  readonly requestTimeoutMs?: number;
  /** A connection on which nothing moves for so many milliseconds is closed. Default 70 s. */
  readonly idleTimeoutMs?: number;
  /** Connections at once; one more is closed at once. Default 2,048. */
  readonly maxConnections?: number;
}

/** Bounds on every connection, in milliseconds: a slow or silent client cannot hold one for ever. */
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
 * A Fastify instance whose every error, Fastify's and Node's own too, is an
 * application/problem+json, and that reads no body but through the parsers that a route adds.
 */
export function createHttpServer(options: HttpServerOptions = {}): HttpServer {
  const { log, requestTimeoutMs = timeouts.request } = options;
  const { idleTimeoutMs = timeouts.idle, maxConnections = connectionLimit } = options;
  const app: HttpServer = Fastify({
    return503OnClosing: false,
    requestTimeout: requestTimeoutMs,
    // Who does not read its answers sends nothing either: a request's deadline does not end that.
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
      // No header, no body and no path: these may hold keys, and names of players.
      const at = { request: id, method, route: routeOptions.url };
      log?.error({ ...at, err: error }, `a request failed: ${describeError(error)}`);
    }
    return sendProblem(reply, problem);
  });
  app.setNotFoundHandler(notFound);
  // Before the body: what nobody will read needs no type and no limit.
  app.addHook('onRequest', async (request) => {
    if (request.is404) notFound(request);
    return Promise.resolve();
  });
  return app;
}

/**
 * Declares a resource: its methods, and 405 with Allow for all others.
 * HEAD comes with GET.
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
      throw new HttpProblem(405, `${request.method} is not possible here, only ${allow}`, {
        headers: { allow },
      });
    },
    handler: notFound,
  });
}

/**
 * Starts to listen.
 * @throws Failure (serviceFailed) where the port is in use or the address is not this machine's
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
    EACCES: 'this user may not open that port',
    EADDRNOTAVAIL: 'the address is not one of this machine',
    ENOTFOUND: 'the host name is unknown',
  }[String(codeOf(error))];
  if (why === undefined) return error;
  return new Failure(`Cannot listen on ${host}:${port}: ${why}`, {
    exit: 'serviceFailed',
    cure: 'Choose another port or address, or stop what uses it.',
    cause: error,
  });
}

function notFound(request: { url: string }): never {
  const path = request.url.split('?', 1)[0] ?? '';
  throw new HttpProblem(404, `Nothing is at ${path.slice(0, 200)}`);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** What an error that reached Fastify means to the client. */
function problemOf(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof StoreUnavailable) {
    const detail = `${error.store} does not answer now`;
    return new HttpProblem(503, detail, { headers: tryAgain, cause: error });
  }
  const { statusCode = 500, message } = error as Partial<FastifyError>;
  return statusCode >= 400 && statusCode < 500
    ? new HttpProblem(statusCode, message ?? 'The request is wrong', { cause: error })
    : new HttpProblem(500, 'An error inside the server; its log has more', { cause: error });
}

/** Node could not read a request at all: answer on the bare socket and close it. */
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
      return new HttpProblem(400, 'This is not an HTTP request that can be read');
  }
}
