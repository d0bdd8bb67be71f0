import { z } from 'zod';

import { isJsonObject, jsonProblem, type JsonObject } from './json.js';

/** Limits of an event, in the units of their names. */
export const limits = {
  nameCharacters: 100,
  dateTimeCharacters: 64,
  dataBytes: 64 * 1024,
  dataDepth: 16,
  score: 2 ** 53,
  futureMs: 5 * 60_000,
  /** Problems reported per event; a hostile event can have thousands. */
  problems: 100,
} as const;

const tooFarAhead = `must not be more than ${limits.futureMs / 60_000} minutes ahead`;

/** Because clocks differ, an event may appear to happen shortly after it was ingested. */
function isPastOrNear(timestamp: string, ingestedMs: number): boolean {
  return Date.parse(timestamp) <= ingestedMs + limits.futureMs;
}

/** The event type that adds `data.score` to the boards. */
export const scoreEventType = 'player_score';

/** A player's or a game's name. */
export const nameSchema = z
  .string()
  .min(1)
  .max(limits.nameCharacters)
  .refine((text) => !/[\p{Cc}\u2028\u2029]/u.test(text), 'must not contain control characters')
  .refine((text) => text.isWellFormed(), 'must be well-formed Unicode');

const eventId = z.guid('must be a UUID');

/**
 * The input of PostgreSQL's timestamptz, which rejects longer text and offsets of 16 hours or more.
 */
export const dateTimeSchema = z.iso
  .datetime({
    offset: true,
    error: 'must be an RFC 3339 date and time with an offset',
    abort: true,
  })
  .max(limits.dateTimeCharacters, {
    error: `must be at most ${limits.dateTimeCharacters} characters`,
    abort: true,
  })
  .refine((text) => !/[+-](?:1[6-9]|2\d):\d\d$/.test(text), 'must have an offset below 16 hours')
  .refine((text) => Date.parse(text) >= 0, 'must not be before 1970')
  .refine((text) => Date.parse(text) < Date.UTC(10_000, 0), 'must not be after 9999');

const data = z
  .custom<JsonObject>(isJsonObject, 'must be an object')
  .superRefine((value, context) => {
    const bounds = { depth: limits.dataDepth, bytes: limits.dataBytes };
    const problem = jsonProblem(value, bounds);
    if (problem !== undefined) context.addIssue({ code: 'custom', ...problem });
  })
  .meta({ type: 'object', description: `at most ${limits.dataBytes} bytes as JSON` });

const submitted = {
  event_type: z
    .string()
    .min(1)
    .max(limits.nameCharacters)
    .regex(/^[a-z][a-z0-9_.-]*$/, 'must match [a-z][a-z0-9_.-]*'),
  player_id: nameSchema,
  game_id: nameSchema,
  timestamp: dateTimeSchema,
  data,
};

/** Checked even if other fields are invalid, so that the response lists every invalid field. */
const scoreRule = {
  path: ['data', 'score'],
  error: `must be an integer within ±2^53 in a ${scoreEventType} event`,
  when: ({ value }: { value: unknown }) => isJsonObject(value) && isJsonObject(value['data']),
};

/** An event as a client sends it; ingest adds `ingested_at`, and `event_id` if it is missing. */
export const submissionSchema = z
  .strictObject({ event_id: eventId.optional(), ...submitted })
  .refine(hasValidScore, scoreRule);

/** The JSON value of a record in player.events.raw: all seven fields. */
const eventSchema = z
  .strictObject({ event_id: eventId, ...submitted, ingested_at: dateTimeSchema })
  .refine(hasValidScore, scoreRule)
  .refine(({ timestamp, ingested_at }) => isPastOrNear(timestamp, Date.parse(ingested_at)), {
    path: ['timestamp'],
    error: `${tooFarAhead} of ingested_at`,
  });

export type Submission = z.infer<typeof submissionSchema>;
export type PlayerEvent = z.infer<typeof eventSchema>;

/** An invalid field: its path, such as `data.score`, and the violated rule. */
export interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] };

/**
 * Validates an event from a client.
 * @param value the parsed JSON
 * @param nowMs ingest's clock, in milliseconds since the epoch; an event that is more than
 *   `limits.futureMs` ahead of it is invalid
 */
export function checkSubmission(value: unknown, nowMs: number): Checked<Submission> {
  const checked = check(submissionSchema, value);
  if (checked.ok && !isPastOrNear(checked.value.timestamp, nowMs)) {
    return { ok: false, problems: [{ path: 'timestamp', message: tooFarAhead }] };
  }
  return checked;
}

/** Validates the value of a record in player.events.raw, from any producer. */
export function checkEvent(value: unknown): Checked<PlayerEvent> {
  return check(eventSchema, value);
}

/**
 * The identity of an event: its id is an idempotency key within its player. UUIDs are compared in
 * lower case, as PostgreSQL prints them. A UUID has a fixed length, so the pair is unambiguous.
 */
export function identityOf(event: { event_id: string; player_id: string }): string {
  return event.event_id.toLowerCase() + event.player_id;
}

function hasValidScore(event: { event_type: string; data: JsonObject }): boolean {
  if (event.event_type !== scoreEventType) return true;
  const score = event.data['score'];
  return Number.isInteger(score) && Math.abs(Number(score)) <= limits.score;
}

function check<T>(schema: z.ZodType<T>, value: unknown): Checked<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data };
  const problems = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: pathOf([...issue.path, key]), message: 'is not a field' }))
      : [{ path: pathOf(issue.path), message: messageOf(issue, value) }],
  );
  return { ok: false, problems: problems.slice(0, limits.problems) };
}

/** The schema's message, or 'is required' for a missing member. */
function messageOf(issue: z.core.$ZodIssue, value: unknown): string {
  const [member] = issue.path;
  const missing =
    issue.path.length === 1 &&
    isJsonObject(value) &&
    typeof member === 'string' &&
    !Object.hasOwn(value, member);
  return missing ? 'is required' : issue.message;
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.map(String).join('.');
}
