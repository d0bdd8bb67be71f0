import { truncateSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { makeBatch } from '../../../test/support/broker/batchBuilder.js';
import {
  append,
  batches,
  logFiles,
  nowMs,
  openLog,
  readAll,
  tempDir,
} from '../../../test/support/broker/testLog.js';
import { bytesOf, BytesGoneError } from '../codec/bytes.js';
import { errorCodes } from '../codec/errorCodes.js';

describe('append and read', () => {
  test('offsets are contiguous over batches of any size', async () => {
    const { log } = openLog(tempDir());
    expect([append(log, ['a']), append(log, ['b', 'c', 'd']), append(log, ['e'])]).toEqual([
      0, 1, 4,
    ]);
    expect(log.endOffset).toBe(5);
    expect(readAll(log).map(({ baseOffset, count }) => [baseOffset, count])).toEqual([
      [0, 1],
      [1, 3],
      [4, 1],
    ]);
    await log.close();
  });

  test('a read returns the whole batch that contains the offset, even above the limit', async () => {
    const { log } = openLog(tempDir());
    append(log, ['a', 'b', 'c']);
    append(log, ['x'.repeat(5000)]);
    expect(batches(log.read(1, 1000, true))[0]?.baseOffset).toBe(0);
    expect(batches(log.read(3, 10, true))).toHaveLength(1);
    expect(log.read(3, 10, false)).toHaveLength(0);
    expect(log.read(0, 0, false)).toHaveLength(0);
    expect(log.read(4, 1000, true)).toHaveLength(0);
    await log.close();
  });

  test('a read returns as many whole batches as fit in the limit, across index entries', async () => {
    const { log } = openLog(tempDir());
    const sizes = Array.from({ length: 60 }, (_, index) => (index % 7) * 5000 + (index % 3));
    sizes.forEach((size) => append(log, ['x'.repeat(size)]));
    const whole = batches(log.read(0, log.sizeBytes, true));
    expect(whole).toHaveLength(sizes.length);
    for (const maxBytes of [1, 69, 70, 5_200, 64 * 1024, 150_000, 151_000, 300_000, 800_000]) {
      for (const offset of [0, 1, 17, 30, 58, 59]) {
        let left = maxBytes;
        const expected = whole.slice(offset).filter(({ size }, index) => {
          left -= size;
          return left >= 0 || index === 0;
        });
        // The read stops at the first batch that does not fit, even if a later one would.
        const got = batches(log.read(offset, maxBytes, true));
        expect(got.map((batch) => batch.baseOffset)).toEqual(
          expected.map((batch) => batch.baseOffset),
        );
      }
    }
    await log.close();
  });

  test('a read of a segment that was closed or truncated in the meantime fails', async () => {
    const dir = tempDir();
    const { log } = openLog(dir);
    append(log, ['a']);
    const first = log.read(0, 1000, true);
    append(log, ['b']);
    const both = log.read(0, 1000, true);
    truncateSync(join(dir, logFiles(dir)[0] ?? ''), 100);
    expect(bytesOf(first)).toHaveLength(69);
    expect(() => bytesOf(both)).toThrow(BytesGoneError);
    expect(() => log.read(1, 1000, true)).toThrow(BytesGoneError);
    await log.close();
    expect(() => bytesOf(first)).toThrow(BytesGoneError);
  });

  test('a read finds any offset across many index entries', async () => {
    const { log } = openLog(tempDir());
    for (let index = 0; index < 500; index += 1) append(log, [`${index}`.repeat(300), 'second']);
    for (const offset of [0, 1, 2, 333, 600, 997, 998, 999]) {
      const [first] = batches(log.read(offset, 1, true));
      expect(first?.baseOffset).toBe(offset - (offset % 2));
    }
    await log.close();
  });

  test('an invalid batch is rejected and not stored', async () => {
    const { log } = openLog(tempDir(), { maxMessageBytes: 200 });
    const sound = makeBatch({ values: ['a'] });
    const flipped = Buffer.from(sound);
    flipped.writeUInt8(flipped.readUInt8(65) ^ 1, 65);
    const old = Buffer.from(sound);
    old.writeInt8(1, 16);
    const refusals: [Buffer | null, number][] = [
      [null, errorCodes.INVALID_RECORD],
      [Buffer.alloc(0), errorCodes.INVALID_RECORD],
      [sound.subarray(0, 40), errorCodes.CORRUPT_MESSAGE],
      [sound.subarray(0, 65), errorCodes.CORRUPT_MESSAGE],
      [flipped, errorCodes.CORRUPT_MESSAGE],
      [old, errorCodes.CORRUPT_MESSAGE],
      [Buffer.concat([sound, sound]), errorCodes.INVALID_RECORD],
      [makeBatch({ values: ['a'], attributes: 5 }), errorCodes.CORRUPT_MESSAGE],
      [makeBatch({ values: ['a'], attributes: 0x20 }), errorCodes.INVALID_RECORD],
      [makeBatch({ values: ['a'], attributes: 0x10 }), errorCodes.INVALID_RECORD],
      [makeBatch({ values: ['a'.repeat(200)] }), errorCodes.MESSAGE_TOO_LARGE],
    ];
    expect(refusals.map(([records]) => log.append(records).error)).toEqual(
      refusals.map(([, error]) => error),
    );
    expect(log.endOffset).toBe(0);
    await log.close();
  });

  test('a duplicate batch of an idempotent producer is stored once and keeps its offset', async () => {
    const { log } = openLog(tempDir());
    const options = { producerId: 9, producerEpoch: 0, baseSequence: 0 };
    append(log, ['other']);
    expect(append(log, ['a', 'b'], options)).toBe(1);
    expect(append(log, ['a', 'b'], options)).toBe(1);
    expect(log.endOffset).toBe(3);
    const gap = makeBatch({ values: ['z'], ...options, baseSequence: 5 });
    expect(log.append(gap).error).toBe(errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER);
    await log.close();
  });

  test('the broker sets the timestamp if the topic uses LogAppendTime', async () => {
    const { log } = openLog(tempDir(), { logAppendTime: true });
    expect(log.append(makeBatch({ values: ['a', 'b'] }))).toMatchObject({ appendTime: nowMs });
    expect(batches(log.read(0, 1000, true))[0]).toMatchObject({
      logAppendTime: true,
      maxTimestamp: nowMs,
    });
    expect(log.offsetAt(nowMs)).toEqual({ offset: 0, timestamp: nowMs });
    await log.close();
  });

  test('watchers are notified of every append and of the close', async () => {
    const { log } = openLog(tempDir());
    const notified: number[] = [];
    const stop = log.watch((bytes) => notified.push(bytes));
    append(log, ['a']);
    stop();
    append(log, ['b']);
    log.watch((bytes) => notified.push(bytes));
    await log.close();
    expect(notified).toEqual([69, Infinity]);
  });
});

describe('time', () => {
  test('the first record at or after a timestamp is found across batches and segments', async () => {
    const { log } = openLog(tempDir(), { segmentBytes: 400 });
    for (let index = 0; index < 30; index += 1) {
      append(log, ['a', 'b', 'c'], { timestamp: 1000 + index * 10 });
    }
    expect(log.offsetAt(0)).toEqual({ offset: 0, timestamp: 1000 });
    expect(log.offsetAt(1102)).toEqual({ offset: 32, timestamp: 1102 });
    expect(log.offsetAt(1103)).toEqual({ offset: 33, timestamp: 1110 });
    expect(log.offsetAt(1293)).toBeUndefined();
    await log.close();
  });

  test('a lookup in a compressed batch returns its first record', async () => {
    const { log } = openLog(tempDir());
    append(log, ['a', 'b', 'c'], { timestamp: 1000, attributes: 1 });
    expect(log.offsetAt(1002)).toEqual({ offset: 0, timestamp: 1000 });
    await log.close();
  });
});

describe('segments', () => {
  test('a segment rolls at its size limit, and reads continue in the next one', async () => {
    const dir = tempDir();
    const { log } = openLog(dir, { segmentBytes: 200 });
    for (let index = 0; index < 7; index += 1) append(log, ['a']);
    expect(logFiles(dir)).toEqual([0, 2, 4, 6].map((base) => `${base}`.padStart(20, '0') + '.log'));
    expect(readAll(log)).toHaveLength(7);
    await log.close();
  });

  test('closed segments are deleted by size, and the log start offset advances', async () => {
    const dir = tempDir();
    const { log } = openLog(dir, { segmentBytes: 140, retentionBytes: 300 });
    for (let index = 0; index < 10; index += 1) append(log, ['a']);
    log.applyRetention();
    // A segment is not deleted while it is being flushed.
    expect(log.startOffset).toBe(0);
    await log.sealed();
    log.applyRetention();
    expect(log.startOffset).toBe(4);
    expect(logFiles(dir)).toHaveLength(3);
    expect(log.covers(3)).toBe(false);
    expect(readAll(log)).toHaveLength(6);
    await log.close();
    expect(openLog(dir).log.startOffset).toBe(4);
  });

  test('all segments are deleted by age, including the active one, and offsets continue', async () => {
    const dir = tempDir();
    const { log } = openLog(dir, { segmentBytes: 140, retentionMs: 50_000 });
    for (let index = 0; index < 5; index += 1) append(log, ['old']);
    log.applyRetention();
    await log.sealed();
    log.applyRetention();
    expect([log.startOffset, log.endOffset]).toEqual([5, 5]);
    expect(append(log, ['new'], { timestamp: nowMs })).toBe(5);
    await log.sealed();
    log.applyRetention();
    expect([log.startOffset, log.endOffset]).toEqual([5, 6]);
    await log.close();
  });
});
