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

/** The value encodes to these bytes, and the bytes decode to this value. */
function roundTrips<T>(
  layout: Layout<T>,
  value: T,
  hex: string,
  version = 0,
  flexible = false,
): void {
  expect(encode(layout, value, version, flexible)).toBe(hex);
  expect(decode(layout, hex, version, flexible)).toEqual(value);
}

describe('primitives, big-endian', () => {
  test('integers round-trip', () => {
    roundTrips(int8, -2, 'fe');
    roundTrips(int16, 258, '0102');
    roundTrips(int32, -1, 'ffffffff');
    roundTrips(int64, 1, '0000000000000001');
    roundTrips(int64, -1, 'ffffffffffffffff');
    roundTrips(int64, 2 ** 40 + 5, '0000010000000005');
    roundTrips(int64, -(2 ** 33), 'fffffffe00000000');
    roundTrips(boolean, true, '01');
  });

  test('the largest int64 is returned without an exception', () => {
    expect(encode(int64, decode(int64, '7fffffffffffffff'))).toMatch(/^7fffffff/);
  });

  test('strings and bytes round-trip', () => {
    roundTrips(string, 'aé', '000361c3a9');
    roundTrips(string, '', '0000');
    roundTrips(nullableString, null, 'ffff');
    roundTrips(bytes, Buffer.from('ab'), '000000026162');
    roundTrips(nullableBytes, null, 'ffffffff');
    expect(encode(byteChunks, [Buffer.from('a'), Buffer.from('bc')])).toBe('00000003616263');
    expect(decode(byteChunks, 'ffffffff')).toEqual([]);
  });

  test('arrays round-trip', () => {
    roundTrips(array(int16), [1, 2], '0000000200010002');
    roundTrips(nullableArray(int8), null, 'ffffffff');
    roundTrips(nullableArray(int8), [], '00000000');
  });
});

describe('the flexible form', () => {
  test('it encodes a length as the length plus one, and null as 0', () => {
    roundTrips(string, 'ab', '036162', 0, true);
    roundTrips(nullableString, null, '00', 0, true);
    roundTrips(array(int8), [7], '0207', 0, true);
    roundTrips(nullableArray(int8), null, '00', 0, true);
    roundTrips(string, 'x'.repeat(200), `c901${'78'.repeat(200)}`, 0, true);
  });

  test('it ends a struct with tagged fields and skips unknown ones', () => {
    const layout = struct({ a: int8 });
    roundTrips(layout, { a: 5 }, '0500', 0, true);
    expect(decode(layout, '0501' + '03' + '02' + 'beef', 0, true)).toEqual({ a: 5 });
  });
});

test('a field is present only in the versions that declare it', () => {
  const layout = struct({ a: int8, b: since(2, int8, -9), c: versions(0, 1, int8, -8) });
  roundTrips(layout, { a: 1, b: -9, c: 3 }, '0103', 1);
  roundTrips(layout, { a: 1, b: 2, c: -8 }, '0102', 2);
});

test('a large byte string is read and written without a copy', () => {
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

test('many small fields stay in order when they exceed the first chunk', () => {
  const numbers = Array.from({ length: 1000 }, (_, index) => index);
  expect(decode(array(int32), encode(array(int32), numbers))).toEqual(numbers);
});

describe('malformed input', () => {
  test.each([
    ['a field after the end of the frame', int32, '0000'],
    ['a string longer than the frame', string, '0005ab'],
    ['an array longer than the frame', array(int8), '7fffffff00'],
    ['null where a value is required', string, 'ffff'],
    ['null where an array is required', array(int8), 'ffffffff'],
  ] as const)('%s is rejected', (_name, layout: Layout<unknown>, hex) => {
    expect(() => decode(layout, hex)).toThrow(MalformedError);
  });

  test('a varint that never ends is rejected', () => {
    expect(() => decode(string, 'ff'.repeat(9), 0, true)).toThrow(MalformedError);
  });
});
