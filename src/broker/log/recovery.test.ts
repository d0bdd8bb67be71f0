import {
  appendFileSync,
  closeSync,
  fstatSync,
  ftruncateSync,
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
import { join } from 'node:path';

import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { makeBatch } from '../../../test/support/broker/batchBuilder.js';
import {
  append,
  logFiles,
  openLog,
  readAll,
  tempDir,
} from '../../../test/support/broker/testLog.js';
import { errorCodes } from '../codec/errorCodes.js';

/** The module in which a test replaces a function. */
const fileSystem = createRequire(import.meta.url)('node:fs') as { writeSync: typeof writeSync };

describe('recovery', () => {
  /** Ten batches in three segments, as after a kill: no segment is closed. */
  function writeWithoutClose(dir: string): void {
    const { log } = openLog(dir, { segmentBytes: 280 });
    for (let index = 0; index < 10; index += 1) {
      append(log, ['a'], { producerId: 3, producerEpoch: 0, baseSequence: index });
    }
  }

  const last = (dir: string) => join(dir, logFiles(dir).at(-1) ?? '');

  test('a kill loses neither records nor producer states', () => {
    const dir = tempDir();
    writeWithoutClose(dir);
    const { log, warnings } = openLog(dir);
    expect(warnings).toEqual([]);
    expect(readAll(log)).toHaveLength(10);
    const again = { producerId: 3, producerEpoch: 0, baseSequence: 9 };
    expect(append(log, ['a'], again)).toBe(9);
    expect(append(log, ['a'], { ...again, baseSequence: 10 })).toBe(10);
  });

  test('after a clean stop, the checkpoint is trusted and nothing is scanned', async () => {
    const dir = tempDir();
    const { log } = openLog(dir);
    append(log, ['a'], { producerId: 3, producerEpoch: 0, baseSequence: 0 });
    await log.close();
    // Corrupt a byte that only a scan would read.
    writeFileSync(last(dir), Buffer.concat([readFileSync(last(dir)).fill(1, 65, 66)]));
    const reopened = openLog(dir);
    expect(reopened.warnings).toEqual([]);
    expect(reopened.log.endOffset).toBe(1);
    expect(append(reopened.log, ['a'], { producerId: 3, producerEpoch: 0, baseSequence: 0 })).toBe(
      0,
    );
  });

  test('a start does not rescan what an earlier start has scanned', () => {
    const dir = tempDir();
    const { log } = openLog(dir);
    const value = 'x'.repeat(500_000);
    const producer = { producerId: 3, producerEpoch: 0 };
    for (let index = 0; index < 70; index += 1) {
      append(log, [value], { ...producer, baseSequence: index });
    }
    openLog(dir);
    // Corrupt a byte of the first batch and one of the last.
    const file = openSync(last(dir), 'r+');
    writeSync(file, 'y', 1000);
    writeSync(file, 'y', fstatSync(file).size - 1000);
    closeSync(file);
    const { log: reopened, warnings } = openLog(dir);
    expect(warnings).toHaveLength(1);
    expect(reopened.endOffset).toBe(69);
    expect(append(reopened, ['a'], { ...producer, baseSequence: 68 })).toBe(68);
  });

  test('batches after a checkpoint are recovered', async () => {
    const dir = tempDir();
    const first = openLog(dir).log;
    append(first, ['a']);
    await first.close();
    append(openLog(dir).log, ['b'], { producerId: 3, producerEpoch: 0, baseSequence: 0 });
    const { log } = openLog(dir);
    expect(readAll(log)).toHaveLength(2);
    expect(append(log, ['b'], { producerId: 3, producerEpoch: 0, baseSequence: 0 })).toBe(1);
  });

  test('a tail torn at any byte is truncated to the last complete batch', () => {
    const dir = tempDir();
    writeWithoutClose(dir);
    const whole = readFileSync(last(dir));
    for (let cut = 1; cut < 69; cut += 7) {
      writeFileSync(last(dir), whole.subarray(0, whole.length - cut));
      const { log, warnings } = openLog(dir);
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
    const { log, warnings } = openLog(dir);
    expect(log.endOffset).toBe(10);
    expect(warnings).toHaveLength(1);
    expect(readAll(log)).toHaveLength(10);
  });

  test('a damaged checkpoint only causes a scan', async () => {
    const dir = tempDir();
    const { log } = openLog(dir);
    append(log, ['a']);
    await log.close();
    for (const name of readdirSync(dir).filter((each) => each.endsWith('.checkpoint'))) {
      writeFileSync(join(dir, name), '{"crc":1,"body":"{}"}');
    }
    expect(readAll(openLog(dir).log)).toHaveLength(1);
  });

  test('segments after a gap are deleted, since offsets must be contiguous', () => {
    const dir = tempDir();
    writeWithoutClose(dir);
    for (const name of readdirSync(dir).filter((each) => each.endsWith('.checkpoint'))) {
      rmSync(join(dir, name));
    }
    truncateSync(join(dir, logFiles(dir)[1] ?? ''), 100);
    const { log, warnings } = openLog(dir);
    expect(log.endOffset).toBe(5);
    expect(warnings.length).toBeGreaterThan(0);
    expect(append(log, ['next'])).toBe(5);
    expect(readAll(log)).toHaveLength(6);
  });

  test('a batch larger than a read block is recovered', () => {
    const dir = tempDir();
    const config = { maxMessageBytes: 10_000_000 };
    append(openLog(dir, config).log, ['x'.repeat(3_000_000)]);
    expect(openLog(dir, config).log.endOffset).toBe(1);
  });
});

test('a failed write is rejected, and the log accepts later writes', async () => {
  const dir = tempDir();
  const { log, warnings } = openLog(dir);
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
