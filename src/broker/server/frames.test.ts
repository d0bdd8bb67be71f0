import { expect, test } from 'vitest';

import { FrameSizeError, FrameSplitter } from './frames.js';

function frame(text: string): Buffer {
  const bytes = Buffer.alloc(4 + text.length);
  bytes.writeInt32BE(text.length);
  bytes.write(text, 4);
  return bytes;
}

test.each([1, 3, 4, 5, 13, 100])('requests are reassembled from chunks of %i bytes', (size) => {
  const texts = ['request one', 'and number two', 'the third!'];
  const stream = Buffer.concat(texts.map(frame));
  const splitter = new FrameSplitter(100);
  const got: string[] = [];
  for (let at = 0; at < stream.length; at += size) {
    splitter.push(stream.subarray(at, at + size));
    for (let next = splitter.next(); next !== undefined; next = splitter.next()) {
      got.push(next.toString());
    }
  }
  expect(got).toEqual(texts);
  expect(splitter.buffered).toBe(0);
});

test('a request that arrives in one chunk is not copied', () => {
  const bytes = frame('request one');
  const splitter = new FrameSplitter(100);
  splitter.push(bytes);
  expect(splitter.next()?.buffer).toBe(bytes.buffer);
});

test.each([
  ['above the limit', Buffer.from([0, 0, 0, 101])],
  ['negative', Buffer.from([255, 255, 255, 255])],
  ['below that of a header', Buffer.from([0, 0, 0, 7])],
  ['read from an HTTP request', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
])('a size %s is rejected', (_name, bytes) => {
  const splitter = new FrameSplitter(100);
  splitter.push(bytes);
  expect(() => splitter.next()).toThrow(FrameSizeError);
});
