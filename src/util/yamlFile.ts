import { isMap, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';

import { Failure } from './failure.js';

/**
 * Parses a YAML text and validates it against a schema.
 * @param file the file name for messages
 * @param cure the fix for a text that is valid YAML but does not match the schema
 * @throws Failure (invalid_file) with a line `file:line: field: what is wrong` for each problem
 */
export function readYaml<T>(text: string, file: string, schema: z.ZodType<T>, cure: string): T {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const broken = document.errors.map(({ pos, message }) => {
    return `${file}:${lines.linePos(pos[0]).line}: ${message}`;
  });
  if (broken.length > 0) throw wrong(broken, 'It must be YAML.');
  const parsed = schema.safeParse(document.toJS({ maxAliasCount: 100 }));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.flatMap((issue) => {
    const unknown = issue.code === 'unrecognized_keys' ? issue.keys : [undefined];
    return unknown.map((key) => {
      const path = key === undefined ? issue.path : [...issue.path, key];
      const { line } = lines.linePos(placeOf(document, path));
      const field = path.length === 0 ? '' : `${path.map(String).join('.')}: `;
      const message = isMissing(document, path) ? 'is required' : issue.message;
      return { line, text: `${field}${key === undefined ? message : 'is not a field'}` };
    });
  });
  problems.sort((a, b) => a.line - b.line);
  const told = problems.map((problem) => `${file}:${problem.line}: ${problem.text}`);
  throw wrong(told, cure);
}

function wrong(problems: readonly string[], cure: string): Failure {
  return new Failure(problems.join('\n       '), { code: 'invalid_file', cure });
}

function isMissing(document: Document, path: readonly PropertyKey[]): boolean {
  return path.length > 0 && !document.hasIn(path);
}

/** The position of a field in the text: its key, or the nearest enclosing node if it is missing. */
function placeOf(document: Document, path: readonly PropertyKey[]): number {
  const [last] = path.slice(-1);
  if (last === undefined) return rangeStart(document.contents);
  const above = path.slice(0, -1);
  const parent = above.length === 0 ? document.contents : document.getIn(above, true);
  if (isMap(parent)) {
    const pair = parent.items.find(({ key }) => scalarOf(key) === String(last));
    if (pair !== undefined) return rangeStart(pair.key);
  }
  const node = document.getIn(path, true);
  return node === undefined ? placeOf(document, above) : rangeStart(node);
}

function scalarOf(key: unknown): string {
  return typeof key === 'object' && key !== null && 'value' in key
    ? String(key.value)
    : String(key);
}

function rangeStart(node: unknown): number {
  const hasRange = typeof node === 'object' && node !== null && 'range' in node;
  return hasRange && Array.isArray(node.range) ? Number(node.range[0]) : 0;
}
