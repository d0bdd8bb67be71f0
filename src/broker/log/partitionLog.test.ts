import {
  appendFileSync,
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { makeBatch, type BatchOptions } from '../../../test/support/broker/batchBuilder.js';
import { bytesOf, BytesGoneError, type StoredBytes } from '../codec/bytes.js';
import { errorCodes } from '../codec/errorCodes.js';
import { readBatchHeader, type BatchHeader } from '../codec/recordBatch.js';
import { PartitionLog, type LogConfig } from './partitionLog.js';
import { logConfig } from './topicConfig.js';

/** The module in which a test replaces a function. */
const fileSystem = createRequire(import.meta.url)('node:fs') as { writeSync: typeof writeSync };

const nowMs = 1_700_000_100_000;

function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'log-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

interface Opened {
  readonly log: PartitionLog;
  readonly warnings: string[];
}

function open(dir: string, config: Partial<LogConfig> = {}, now = nowMs): Opened {
  const warnings: string[] = [];
  const log = new PartitionLog({
    dir,
    config: { ...logConfig({}), ...config },
    warn: (message) => warnings.push(message),
    now: () => now,
  });
  return { log, warnings };
}

function append(log: PartitionLog, values: string[], options: Partial<BatchOptions> = {}): number {
  const result = log.append(makeBatch({ values, ...options }));
  expect(result.error).toBe(errorCodes.NONE);
  return result.baseOffset;
}

/** The headers of all batches in the result of a read, which must all be complete. */
function batches(read: StoredBytes): BatchHeader[] {
  const bytes = bytesOf(read);
  const headers: BatchHeader[] = [];
  let at = 0;
  while (at < bytes.length) {
    const header = readBatchHeader(bytes, at);
    headers.push(header);
    at += header.size;
  }
  expect(at).toBe(bytes.length);
  return headers;
}

/** Reads all batches from the start of the log, as a consumer does. */
function readAll(log: PartitionLog, maxBytes = 300): BatchHeader[] {
  const all: BatchHeader[] = [];
  let offset = log.startOffset;
  while (offset < log.endOffset) {
    const got = batches(log.read(offset, maxBytes, true));
    expect(got[0]?.baseOffset).toBe(offset);
    all.push(...got);
    offset = (got.at(-1)?.lastOffset ?? offset) + 1;
  }
  return all;
}

function logFiles(dir: string): string[] {
  return readdirSync(dir).filter((name) => name.endsWith('.log'));
}

describe('append and read', () => {
  test('offsets are contiguous over batches of any size', async () => {
    const { log } = open(tempDir());
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
    const { log } = open(tempDir());
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
    const { log } = open(tempDir());
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
    const { log } = open(dir);
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
    const { log } = open(tempDir());
    for (let index = 0; index < 500; index += 1) append(log, [`${index}`.repeat(300), 'second']);
    for (const offset of [0, 1, 2, 333, 600, 997, 998, 999]) {
      const [first] = batches(log.read(offset, 1, true));
      expect(first?.baseOffset).toBe(offset - (offset % 2));
    }
    await log.close();
  });

  test('an invalid batch is rejected and not stored', async () => {
    const { log } = open(tempDir(), { maxMessageBytes: 200 });
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
    const { log } = open(tempDir());
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
    const { log } = open(tempDir(), { logAppendTime: true });
    expect(log.append(makeBatch({ values: ['a', 'b'] }))).toMatchObject({ appendTime: nowMs });
    expect(batches(log.read(0, 1000, true))[0]).toMatchObject({
      logAppendTime: true,
      maxTimestamp: nowMs,
    });
    expect(log.offsetAt(nowMs)).toEqual({ offset: 0, timestamp: nowMs });
    await log.close();
  });

  test('watchers are notified of every append and of the close', async () => {
    const { log } = open(tempDir());
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
    const { log } = open(tempDir(), { segmentBytes: 400 });
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
    const { log } = open(tempDir());
    append(log, ['a', 'b', 'c'], { timestamp: 1000, attributes: 1 });
    expect(log.offsetAt(1002)).toEqual({ offset: 0, timestamp: 1000 });
    await log.close();
  });
});

describe('segments', () => {
  test('a segment rolls at its size limit, and reads continue in the next one', async () => {
    const dir = tempDir();
    const { log } = open(dir, { segmentBytes: 200 });
    for (let index = 0; index < 7; index += 1) append(log, ['a']);
    expect(logFiles(dir)).toEqual([0, 2, 4, 6].map((base) => `${base}`.padStart(20, '0') + '.log'));
    expect(readAll(log)).toHaveLength(7);
    await log.close();
  });

  test('closed segments are deleted by size, and the log start offset advances', async () => {
    const dir = tempDir();
    const { log } = open(dir, { segmentBytes: 140, retentionBytes: 300 });
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
    expect(open(dir).log.startOffset).toBe(4);
  });

  test('all segments are deleted by age, including the active one, and offsets continue', async () => {
    const dir = tempDir();
    const { log } = open(dir, { segmentBytes: 140, retentionMs: 50_000 });
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

describe('recovery', () => {
  /** Ten batches in three segments, as after a kill: no segment is closed. */
  function writeWithoutClose(dir: string): void {
    const { log } = open(dir, { segmentBytes: 280 });
    for (let index = 0; index < 10; index += 1) {
      append(log, ['a'], { producerId: 3, producerEpoch: 0, baseSequence: index });
    }
  }

  const last = (dir: string) => join(dir, logFiles(dir).at(-1) ?? '');

  test('a kill loses neither records nor producer states', () => {
    const dir = tempDir();
    writeWithoutClose(dir);
    const { log, warnings } = open(dir);
    expect(warnings).toEqual([]);
    expect(readAll(log)).toHaveLength(10);
    const again = { producerId: 3, producerEpoch: 0, baseSequence: 9 };
    expect(append(log, ['a'], again)).toBe(9);
    expect(append(log, ['a'], { ...again, baseSequence: 10 })).toBe(10);
  });

  test('after a clean stop, the checkpoint is trusted and nothing is scanned', async () => {
    const dir = tempDir();
    const { log } = open(dir);
    append(log, ['a'], { producerId: 3, producerEpoch: 0, baseSequence: 0 });
    await log.close();
    // Corrupt a byte that only a scan would read.
    writeFileSync(last(dir), Buffer.concat([readFileSync(last(dir)).fill(1, 65, 66)]));
    const reopened = open(dir);
    expect(reopened.warnings).toEqual([]);
    expect(reopened.log.endOffset).toBe(1);
    expect(append(reopened.log, ['a'], { producerId: 3, producerEpoch: 0, baseSequence: 0 })).toBe(
      0,
    );
  });

  test('a start does not rescan what an earlier start has scanned', () => {
    const dir = tempDir();
    const { log } = open(dir);
    const value = 'x'.repeat(500_000);
    const producer = { producerId: 3, producerEpoch: 0 };
    for (let index = 0; index < 70; index += 1) {
      append(log, [value], { ...producer, baseSequence: index });
    }
    open(dir);
    // Corrupt a byte of the first batch and one of the last.
    const file = openSync(last(dir), 'r+');
    writeSync(file, 'y', 1000);
    writeSync(file, 'y', fstatSync(file).size - 1000);
    closeSync(file);
    const { log: reopened, warnings } = open(dir);
    expect(warnings).toHaveLength(1);
    expect(reopened.endOffset).toBe(69);
    expect(append(reopened, ['a'], { ...producer, baseSequence: 68 })).toBe(68);
  });

  test('batches after a checkpoint are recovered', async () => {
    const dir = tempDir();
    const first = open(dir).log;
    append(first, ['a']);
    await first.close();
    append(open(dir).log, ['b'], { producerId: 3, producerEpoch: 0, baseSequence: 0 });
    const { log } = open(dir);
    expect(readAll(log)).toHaveLength(2);
    expect(append(log, ['b'], { producerId: 3, producerEpoch: 0, baseSequence: 0 })).toBe(1);
  });

  test('a tail torn at any byte is truncated to the last complete batch', () => {
    const dir = tempDir();
    writeWithoutClose(dir);
    const whole = readFileSync(last(dir));
    for (let cut = 1; cut < 69; cut += 7) {
      writeFileSync(last(dir), whole.subarray(0, whole.length - cut));
      const { log, warnings } = open(dir);
      expect(log.endOffset).toBe(9);
      expect(warnings).toHaveLength(1);
      expect(statSync(last(dir)).size).toBe(whole.length - 69);
      expect(append(log, ['again'])).toBe(9);
      expect(readAll(log)).toHaveLength(10);
    }
  });

  test.each([
    ['zeros', Buffer.alloc(500)],
    ['garbage', Buffer.from('GET / HTTP/1.1\r\n'.repeat(30))],
    ['a batch that leaves a gap', makeBatch({ values: ['a'] })],
  ])('the log is truncated before trailing bytes: %s', (_name, junk) => {
    const dir = tempDir();
    writeWithoutClose(dir);
    appendFileSync(last(dir), junk);
    const { log, warnings } = open(dir);
    expect(log.endOffset).toBe(10);
    expect(warnings).toHaveLength(1);
    expect(readAll(log)).toHaveLength(10);
  });

  test('a damaged checkpoint only causes a scan', async () => {
    const dir = tempDir();
    const { log } = open(dir);
    append(log, ['a']);
    await log.close();
    for (const name of readdirSync(dir).filter((each) => each.endsWith('.checkpoint'))) {
      writeFileSync(join(dir, name), '{"crc":1,"body":"{}"}');
    }
    expect(readAll(open(dir).log)).toHaveLength(1);
  });

  test('segments after a gap are deleted, since offsets must be contiguous', () => {
    const dir = tempDir();
    writeWithoutClose(dir);
    for (const name of readdirSync(dir).filter((each) => each.endsWith('.checkpoint'))) {
      rmSync(join(dir, name));
    }
    truncateSync(join(dir, logFiles(dir)[1] ?? ''), 100);
    const { log, warnings } = open(dir);
    expect(log.endOffset).toBe(5);
    expect(warnings.length).toBeGreaterThan(0);
    expect(append(log, ['next'])).toBe(5);
    expect(readAll(log)).toHaveLength(6);
  });

  test('a batch larger than a read block is recovered', () => {
    const dir = tempDir();
    const config = { maxMessageBytes: 10_000_000 };
    append(open(dir, config).log, ['x'.repeat(3_000_000)]);
    expect(open(dir, config).log.endOffset).toBe(1);
  });
});

test('a failed write is rejected, and the log accepts later writes', async () => {
  const dir = tempDir();
  const { log, warnings } = open(dir);
  append(log, ['a']);
  // A disk that fills up in the middle of a batch.
  vi.spyOn(fileSystem, 'writeSync').mockImplementationOnce((fd: number) => {
    ftruncateSync(fd, 100);
    throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  });
  syncBuiltinESMExports();
  onTestFinished(() => {
    vi.restoreAllMocks();
    syncBuiltinESMExports();
  });
  expect(log.append(makeBatch({ values: ['b'] })).error).toBe(errorCodes.KAFKA_STORAGE_ERROR);
  expect(warnings).toHaveLength(1);
  expect(statSync(join(dir, logFiles(dir)[0] ?? '')).size).toBe(69);
  expect(append(log, ['c'])).toBe(1);
  expect(readAll(log)).toHaveLength(2);
  await log.close();
});
