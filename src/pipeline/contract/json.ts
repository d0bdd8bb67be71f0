/** A parsed JSON object. */
export type JsonObject = Record<string, unknown>;

export interface JsonBounds {
  /** Nesting depth of objects and arrays; the outermost counts as 1. */
  readonly depth: number;
  /** Size of the JSON text in UTF-8 bytes. */
  readonly bytes: number;
}

export interface JsonProblem {
  readonly path: (string | number)[];
  readonly message: string;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export type ParsedJson =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string };

/** Parses UTF-8 JSON text strictly: invalid UTF-8 is an error, too. */
export function parseJson(bytes: Buffer): ParsedJson {
  try {
    return { ok: true, value: JSON.parse(utf8.decode(bytes)) };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Finds the first reason why a parsed JSON value cannot be stored: it is too deep or too large, or a
 * number is out of range, or a value or member name is a string that PostgreSQL's jsonb rejects
 * (U+0000 or a lone surrogate).
 * @returns the path and the violated rule; undefined if the value can be stored
 */
export function jsonProblem(value: unknown, bounds: JsonBounds): JsonProblem | undefined {
  const size = { upperBound: 0 };
  const found = walk(value, [], bounds.depth, size);
  if (found !== undefined) return found;
  // The exact size requires serialization, so it is computed only if the cheap bound is over the
  // limit.
  if (size.upperBound > bounds.bytes && Buffer.byteLength(JSON.stringify(value)) > bounds.bytes) {
    return { path: [], message: `must be at most ${bounds.bytes} bytes as JSON` };
  }
  return undefined;
}

function walk(
  value: unknown,
  path: (string | number)[],
  depthLeft: number,
  size: { upperBound: number },
): JsonProblem | undefined {
  if (typeof value === 'string') {
    size.upperBound += 6 * value.length + 3;
    return textProblem(value, path);
  }
  if (typeof value !== 'object' || value === null) {
    size.upperBound += 26;
    // JSON.parse reads 1e400 as Infinity, which JSON cannot represent and would store as null.
    return value === Infinity || value === -Infinity
      ? { path, message: 'is a number out of range' }
      : undefined;
  }
  if (depthLeft === 0) return { path, message: 'is nested too deeply' };
  size.upperBound += 2;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const found = walk(item, [...path, index], depthLeft - 1, size);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  for (const [member, item] of Object.entries(value)) {
    size.upperBound += 6 * member.length + 4;
    const found =
      textProblem(member, [...path, member]) ?? walk(item, [...path, member], depthLeft - 1, size);
    if (found !== undefined) return found;
  }
  return undefined;
}

function textProblem(text: string, path: (string | number)[]): JsonProblem | undefined {
  if (text.includes('\0')) return { path, message: 'must not contain U+0000' };
  if (!text.isWellFormed()) return { path, message: 'must be well-formed Unicode' };
  return undefined;
}
