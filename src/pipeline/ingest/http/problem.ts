import { STATUS_CODES } from 'node:http';

import type { FastifyReply } from 'fastify';

import type { FieldProblem } from '../../contract/event.js';

/** The media type of every error response (RFC 9457). */
export const problemMediaType = 'application/problem+json';

export interface ProblemOptions {
  /** Every invalid field, by path. */
  readonly errors?: readonly FieldProblem[];
  /** Response headers, such as Retry-After (seconds) or Allow. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Additional members of the problem document. */
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The Retry-After header of a 429 or 503, in seconds. */
export const retryAfter = { 'retry-after': '1' } as const;

/** An error response: thrown by a handler and sent as application/problem+json. */
export class HttpProblem extends Error {
  readonly status: number;
  readonly options: ProblemOptions;

  constructor(status: number, detail: string, options: ProblemOptions = {}) {
    super(detail, { cause: options.cause });
    this.name = 'HttpProblem';
    this.status = status;
    this.options = options;
  }
}

/** The problem document's text. `type` is about:blank, because the status identifies the problem. */
export function problemBody(problem: HttpProblem): string {
  const { status, message, options } = problem;
  return JSON.stringify({
    type: 'about:blank',
    title: titleOf(status),
    status,
    detail: message,
    ...(options.errors === undefined ? {} : { errors: options.errors }),
    ...options.extra,
  });
}

/** The reason phrase of a status. */
export function titleOf(status: number): string {
  return STATUS_CODES[status] ?? 'Error';
}

export function sendProblem(reply: FastifyReply, problem: HttpProblem): FastifyReply {
  return reply
    .code(problem.status)
    .headers(problem.options.headers ?? {})
    .header('content-type', problemMediaType)
    .send(problemBody(problem));
}
