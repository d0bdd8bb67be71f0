import { crc32c } from '../../../src/broker/codec/crc32c.js';

export interface BatchOptions {
  readonly values: readonly string[];
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  /** Timestamp of the first record, ms; each further record is a millisecond later. */
  readonly timestamp?: number;
  readonly attributes?: number;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value >= 0 ? value * 2 : -value * 2 - 1;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}

function record(value: string, index: number): Buffer {
  const body = Buffer.concat([
    Buffer.from([0]),
    varint(index),
    varint(index),
    varint(-1),
    varint(Buffer.byteLength(value)),
    Buffer.from(value),
    varint(0),
  ]);
  return Buffer.concat([varint(body.length), body]);
}

/** A record batch of magic 2, as a producer sends it; the broker itself never builds one. */
export function makeBatch(options: BatchOptions): Buffer {
  const { values, timestamp = 1_700_000_000_000 } = options;
  const records = Buffer.concat(values.map(record));
  const batch = Buffer.alloc(61 + records.length);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt32BE(-1, 12);
  batch.writeInt8(2, 16);
  batch.writeInt16BE(options.attributes ?? 0, 21);
  batch.writeInt32BE(values.length - 1, 23);
  batch.writeBigInt64BE(BigInt(timestamp), 27);
  batch.writeBigInt64BE(BigInt(timestamp + values.length - 1), 35);
  batch.writeBigInt64BE(BigInt(options.producerId ?? -1), 43);
  batch.writeInt16BE(options.producerEpoch ?? -1, 51);
  batch.writeInt32BE(options.baseSequence ?? -1, 53);
  batch.writeInt32BE(values.length, 57);
  records.copy(batch, 61);
  batch.writeUInt32BE(crc32c(batch, 21), 17);
  return batch;
}
