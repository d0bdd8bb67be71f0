import { describe, expect, it } from 'vitest';

import { jsonProblem, parseJson } from './json.js';

const roomy = { depth: 16, bytes: 1024 };

function nested(depth: number): unknown {
  let value: unknown = [];
  for (let level = 1; level < depth; level += 1) value = [value];
  return value;
}

describe('parseJson', () => {
  it('parses UTF-8', () => {
    expect(parseJson(Buffer.from('{"a":"é😀"}'))).toEqual({ ok: true, value: { a: 'é😀' } });
  });

  it.each([
    ['truncated JSON', Buffer.from('{"a":')],
    ['an empty buffer', Buffer.alloc(0)],
    ['a byte order mark', Buffer.from('\ufeff{}')],
    ['Latin-1', Buffer.from('"é"', 'latin1')],
    ['a surrogate in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ['NaN', Buffer.from('NaN')],
  ])('rejects %s', (_, bytes) => {
    expect(parseJson(bytes)).toMatchObject({ ok: false });
  });
});

describe('jsonProblem', () => {
  it('finds no problem in a value that jsonb can store', () => {
    const value = { text: 'é😀', list: [1, null, true, { a: {} }], number: -1.5e300 };
    expect(jsonProblem(value, roomy)).toBeUndefined();
  });

  it.each([
    [{ a: ['x', { b: 'a\0' }] }, ['a', 1, 'b'], 'must not contain U+0000'],
    [{ 'a\0': 1 }, ['a\0'], 'must not contain U+0000'],
    [{ a: '\udc00' }, ['a'], 'must be well-formed Unicode'],
    [JSON.parse('{"a":[1e400]}'), ['a', 0], 'is a number out of range'],
    [JSON.parse('{"a":-1e400}'), ['a'], 'is a number out of range'],
  ])('returns the path of the problem: %j', (value, path, message) => {
    expect(jsonProblem(value, roomy)).toEqual({ path, message });
  });

  it('limits the depth and counts the outermost level as 1', () => {
    expect(jsonProblem(nested(16), roomy)).toBeUndefined();
    expect(jsonProblem(nested(17), roomy)).toMatchObject({ message: 'is nested too deeply' });
    expect(jsonProblem(nested(100_000), roomy)).toMatchObject({ message: 'is nested too deeply' });
  });

  it('limits the exact size in UTF-8 bytes', () => {
    const bytes = (size: number) => ({ a: 'é'.repeat((size - 8) / 2) });
    expect(Buffer.byteLength(JSON.stringify(bytes(1024)))).toBe(1024);
    expect(jsonProblem(bytes(1024), roomy)).toBeUndefined();
    expect(jsonProblem(bytes(1026), roomy)).toEqual({
      path: [],
      message: 'must be at most 1024 bytes as JSON',
    });
  });

  it('limits the total size of many small values', () => {
    expect(jsonProblem(Array(600).fill(0), roomy)).toMatchObject({ path: [] });
    expect(jsonProblem(Array(500).fill(0), roomy)).toBeUndefined();
    expect(jsonProblem(Array(600).fill([]), roomy)).toMatchObject({ path: [] });
  });
});
