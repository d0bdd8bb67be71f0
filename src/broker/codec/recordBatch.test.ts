import { expect, test } from 'vitest';

import { makeBatch } from '../../../test/support/broker/batchBuilder.js';
import { assignOffset, isValidBatch, readBatchHeader, stampAppendTime } from './recordBatch.js';
import { firstRecordAt } from './records.js';

// Computed by hand from the layout; the checksum covers bytes 21 to 69.
const golden =
  '0000000000000000' + // base offset
  '0000003a' + // 58 bytes follow
  'ffffffff' + // leader epoch
  '02' + // magic
  '00000000' + // checksum, excluded from the comparison
  '0000' + // attributes
  '00000000' + // last offset delta
  '0000018bcfe56800' + // base timestamp: 1,700,000,000,000
  '0000018bcfe56800' + // max timestamp
  '0000000000000007' + // producer id
  '0001' + // producer epoch
  '00000005' + // base sequence
  '00000001' + // one record
  '10' + // of 8 bytes
  '00' + // attributes
  '00' + // timestamp delta
  '00' + // offset delta
  '01' + // no key: -1
  '04' + // two bytes of value
  '6869' +
  '00'; // no headers

const sent = { values: ['hi'], producerId: 7, producerEpoch: 1, baseSequence: 5 };

test('a batch has the layout of the protocol', () => {
  const batch = makeBatch(sent);
  const withoutChecksum = Buffer.from(batch);
  withoutChecksum.fill(0, 17, 21);
  expect(withoutChecksum.toString('hex')).toBe(golden);
  expect(readBatchHeader(batch)).toMatchObject({
    size: 70,
    baseOffset: 0,
    lastOffset: 0,
    magic: 2,
    compression: 0,
    control: false,
    transactional: false,
    logAppendTime: false,
    baseTimestamp: 1_700_000_000_000,
    producerId: 7,
    producerEpoch: 1,
    baseSequence: 5,
    count: 1,
  });
  expect(isValidBatch(batch, 0, readBatchHeader(batch))).toBe(true);
});

test('a flipped bit anywhere under the checksum makes a batch invalid', () => {
  const batch = makeBatch(sent);
  for (let at = 21; at < batch.length; at += 1) {
    const flipped = Buffer.from(batch);
    flipped.writeUInt8(flipped.readUInt8(at) ^ 4, at);
    expect(isValidBatch(flipped, 0, readBatchHeader(flipped))).toBe(false);
  }
});

test('assigning the offset leaves the checksum unchanged', () => {
  const batch = makeBatch(sent);
  assignOffset(batch, 2 ** 33 + 1, 3);
  const header = readBatchHeader(batch);
  expect(header.baseOffset).toBe(2 ** 33 + 1);
  expect(batch.readInt32BE(12)).toBe(3);
  expect(isValidBatch(batch, 0, header)).toBe(true);
});

test('the append time becomes the time of all records and updates the checksum', () => {
  const batch = makeBatch(sent);
  stampAppendTime(batch, 1_800_000_000_000);
  const header = readBatchHeader(batch);
  expect(header).toMatchObject({ logAppendTime: true, maxTimestamp: 1_800_000_000_000 });
  expect(isValidBatch(batch, 0, header)).toBe(true);
});

test('a record is found by its timestamp', () => {
  const values = Array.from({ length: 300 }, (_, index) => `value ${index}`);
  const batch = makeBatch({ values, timestamp: 1000 });
  const header = readBatchHeader(batch);
  expect(firstRecordAt(batch, header, 0)).toEqual({ offset: 0, timestamp: 1000 });
  expect(firstRecordAt(batch, header, 1250)).toEqual({ offset: 250, timestamp: 1250 });
  expect(firstRecordAt(batch, header, 1300)).toBeUndefined();
});
