import { describe, expect, test } from 'vitest';

import { bytesOf } from './bytes.js';
import {
  array,
  boolean,
  byteChunks,
  bytes,
  int16,
  int32,
  int64,
  int8,
  nullableArray,
  nullableBytes,
  nullableString,
  since,
  string,
  struct,
  versions,
  type Layout,
} from './layout.js';
import { MalformedError, Reader } from './reader.js';
import { Writer } from './writer.js';

function encode<T>(layout: Layout<T>, value: T, version = 0, flexible = false): string {
  const writer = new Writer(flexible);
  layout.write(writer, value, version);
  return Buffer.concat(writer.finish().map(bytesOf)).toString('hex');
}

function decode<T>(layout: Layout<T>, hex: string, version = 0, flexible = false): T {
  const reader = new Reader(Buffer.from(hex, 'hex'), 0, flexible);
  const value = layout.read(reader, version);
  expect(reader.remaining).toBe(0);
  return value;
}

/** Both ways: the value gives these bytes, the bytes give this value. */
function both<T>(layout: Layout<T>, value: T, hex: string, version = 0, flexible = false): void {
  expect(encode(layout, value, version, flexible)).toBe(hex);
  expect(decode(layout, hex, version, flexible)).toEqual(value);
}

describe('primitives, big-endian', () => {
  test('integers', () => {
    both(int8, -2, 'fe');
    both(int16, 258, '0102');
    both(int32, -1, 'ffffffff');
    both(int64, 1, '0000000000000001');
    both(int64, -1, 'ffffffffffffffff');
    both(int64, 2 ** 40 + 5, '0000010000000005');
    both(int64, -(2 ** 33), 'fffffffe00000000');
    both(boolean, true, '01');
  });

  test('the largest int64 comes back as itself, not as an exception', () => {
    expect(encode(int64, decode(int64, '7fffffffffffffff'))).toMatch(/^7fffffff/);
  });

  test('strings and bytes', () => {
    both(string, 'aé', '000361c3a9');
    both(string, '', '0000');
    both(nullableString, null, 'ffff');
    both(bytes, Buffer.from('ab'), '000000026162');
    both(nullableBytes, null, 'ffffffff');
    expect(encode(byteChunks, [Buffer.from('a'), Buffer.from('bc')])).toBe('00000003616263');
    expect(decode(byteChunks, 'ffffffff')).toEqual([]);
  });

  test('arrays', () => {
    both(array(int16), [1, 2], '0000000200010002');
    both(nullableArray(int8), null, 'ffffffff');
    both(nullableArray(int8), [], '00000000');
  });
});

describe('the flexible form', () => {
  test('has compact lengths, one more than they are, and 0 for null', () => {
    both(string, 'ab', '036162', 0, true);
    both(nullableString, null, '00', 0, true);
    both(array(int8), [7], '0207', 0, true);
    both(nullableArray(int8), null, '00', 0, true);
    both(string, 'x'.repeat(200), `c901${'78'.repeat(200)}`, 0, true);
  });

  test('ends a struct with tagged fields, and skips those that it does not know', () => {
    const layout = struct({ a: int8 });
    both(layout, { a: 5 }, '0500', 0, true);
    expect(decode(layout, '0501' + '03' + '02' + 'beef', 0, true)).toEqual({ a: 5 });
  });
});

test('fields come and go with versions', () => {
  const layout = struct({ a: int8, b: since(2, int8, -9), c: versions(0, 1, int8, -8) });
  both(layout, { a: 1, b: -9, c: 3 }, '0103', 1);
  both(layout, { a: 1, b: 2, c: -8 }, '0102', 2);
});

test('a large byte string is passed on by reference, on both ways', () => {
  const large = Buffer.alloc(5000, 1);
  const writer = new Writer();
  bytes.write(writer, large, 0);
  int8.write(writer, 4, 0);
  const pieces = writer.finish();
  expect(pieces[1]).toBe(large);
  const frame = Buffer.concat(pieces.map(bytesOf));
  expect(bytes.read(new Reader(frame), 0).buffer).toBe(frame.buffer);
  expect(frame.subarray(-1)).toEqual(Buffer.from([4]));
});

test('many small fields outgrow the first chunk in order', () => {
  const numbers = Array.from({ length: 1000 }, (_, index) => index);
  expect(decode(array(int32), encode(array(int32), numbers))).toEqual(numbers);
});

describe('refuses', () => {
  test.each([
    ['a field beyond the end', int32, '0000'],
    ['a string longer than what came', string, '0005ab'],
    ['an array longer than what came', array(int8), '7fffffff00'],
    ['null where a value is required', string, 'ffff'],
    ['null where an array is required', array(int8), 'ffffffff'],
  ] as const)('%s', (_name, layout: Layout<unknown>, hex) => {
    expect(() => decode(layout, hex)).toThrow(MalformedError);
  });

  test('a varint that never ends', () => {
    expect(() => decode(string, 'ff'.repeat(9), 0, true)).toThrow(MalformedError);
  });
});
