import { z } from 'zod';

import { isJsonObject, jsonProblem, type JsonObject } from './json.js';

/** Limits of an event, in the units that their names say. */
export const limits = {
  nameCharacters: 100,
  dateTimeCharacters: 64,
  dataBytes: 64 * 1024,
  dataDepth: 16,
  score: 2 ** 53,
  futureMs: 5 * 60_000,
  /** Problems that are named of one event: a hostile one can have thousands. */
  problems: 100,
} as const;

const tooFarAhead = `must not be more than ${limits.futureMs / 60_000} minutes ahead`;

/** Clocks differ a little: an event may seem to happen after it was ingested. */
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
  .refine((text) => !/[\p{Cc}\u2028\u2029]/u.test(text), 'must not hold control characters')
  .refine((text) => text.isWellFormed(), 'must be well-formed Unicode');

const eventId = z.guid('must be a UUID');

/** What PostgreSQL's timestamptz reads: it refuses longer texts and offsets of 16 hours or more. */
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

/** Checked although other fields are wrong, so that the answer names every failing field. */
const scoreRule = {
  path: ['data', 'score'],
  error: `must be an integer within ±2^53 in a ${scoreEventType} event`,
  when: ({ value }: { value: unknown }) => isJsonObject(value) && isJsonObject(value['data']),
};

/** What a client sends: ingest adds `event_id` where it is missing, and `ingested_at`. */
export const submissionSchema = z
  .strictObject({ event_id: eventId.optional(), ...submitted })
  .refine(scoreIsThere, scoreRule);

/** The JSON value of a record in player.events.raw: all seven fields. */
const eventSchema = z
  .strictObject({ event_id: eventId, ...submitted, ingested_at: dateTimeSchema })
  .refine(scoreIsThere, scoreRule)
  .refine(({ timestamp, ingested_at }) => isPastOrNear(timestamp, Date.parse(ingested_at)), {
    path: ['timestamp'],
    error: `${tooFarAhead} of ingested_at`,
  });

export type Submission = z.infer<typeof submissionSchema>;
export type PlayerEvent = z.infer<typeof eventSchema>;

/** One field that breaks the contract: its path, such as `data.score`, and what is wrong. */
export interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] };

/**
 * Checks what a client sent.
 * @param value the parsed JSON
 * @param nowMs ingest's clock, in milliseconds since the epoch: an event further than
 *   `limits.futureMs` ahead of it is refused
 */
export function checkSubmission(value: unknown, nowMs: number): Checked<Submission> {
  const checked = check(submissionSchema, value);
  if (checked.ok && !isPastOrNear(checked.value.timestamp, nowMs)) {
    return { ok: false, problems: [{ path: 'timestamp', message: tooFarAhead }] };
  }
  return checked;
}

/** Checks the value of a record in player.events.raw, whoever wrote it. */
export function checkEvent(value: unknown): Checked<PlayerEvent> {
  return check(eventSchema, value);
}

/**
 * The identity of an event: an idempotency key belongs to its player. UUIDs are compared in
 * lower case, as PostgreSQL prints them. A UUID has a fixed length, so the pair is unambiguous.
 */
export function identityOf(event: { event_id: string; player_id: string }): string {
  return event.event_id.toLowerCase() + event.player_id;
}

function scoreIsThere(event: { event_type: string; data: JsonObject }): boolean {
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

/** The schema's own message, but for a member that is not there at all. */
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
