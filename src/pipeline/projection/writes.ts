/** Absolute values for one Redis hash. */
export interface HashWrite {
  readonly key: string;
  /** When the key expires, in epoch milliseconds of the pipeline's clock; undefined for never. */
  readonly expireAtMs?: number;
  readonly fields: Readonly<Record<string, string | number>>;
  /** Fields to delete. */
  readonly gone?: readonly string[];
}

/** Absolute scores for members of one sorted set. */
export interface SetWrite {
  readonly key: string;
  /** As in {@link HashWrite}. */
  readonly expireAtMs?: number;
  /** For the set of a current window: the current set to update as well, and when that set ends. */
  readonly current?: { readonly key: string; readonly untilMs: number };
  readonly scores: readonly (readonly [score: number, member: string])[];
  /** Members to delete. */
  readonly gone?: readonly string[];
}

/** The writes of one call of sql/redis/project.lua. */
export interface ProjectionWrites {
  readonly hashes: readonly HashWrite[];
  readonly sets: readonly SetWrite[];
  /** Keys to delete. */
  readonly gone?: readonly string[];
}

/** Encodes the JSON argument of sql/redis/project.lua, with every number as a string. */
export function encodeWrites({ hashes, sets, gone }: ProjectionWrites): string {
  return JSON.stringify({
    gone,
    hashes: hashes.map(({ key, expireAtMs, fields, gone }) => ({
      key,
      expireAt: text(expireAtMs),
      values: Object.entries(fields).flatMap(([field, value]) => [field, String(value)]),
      gone,
    })),
    sets: sets.map(({ key, expireAtMs, current, scores, gone }) => ({
      key,
      expireAt: text(expireAtMs),
      current: current?.key ?? '',
      currentUntil: text(current?.untilMs),
      values: scores.flatMap(([score, member]) => [String(score), member]),
      gone,
    })),
  });
}

function text(value: number | undefined): string {
  return value === undefined ? '' : String(value);
}
