/** Absolute values for one Redis hash. */
export interface HashWrite {
  readonly key: string;
  /** Epoch milliseconds at which the key goes; undefined for never. */
  readonly expireAtMs?: number;
  readonly fields: Readonly<Record<string, string | number>>;
  /** Fields that are to go. */
  readonly gone?: readonly string[];
}

/** Absolute scores for members of one sorted set. */
export interface SetWrite {
  readonly key: string;
  readonly expireAtMs?: number;
  /** Where this is the current window: the set that shows it, and when it stops to. */
  readonly current?: { readonly key: string; readonly untilMs: number };
  readonly scores: readonly (readonly [score: number, member: string])[];
  /** Members that are to go. */
  readonly gone?: readonly string[];
}

export interface ProjectionWrites {
  readonly hashes: readonly HashWrite[];
  readonly sets: readonly SetWrite[];
  /** Keys that are to go. */
  readonly gone?: readonly string[];
}

/** The JSON argument of sql/redis/project.lua: every number as a string. */
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
