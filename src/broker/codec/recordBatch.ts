import { crc32c } from './crc32c.js';

/**
 * A record batch (magic 2), identical on the wire and on disk:
 *
 *   0 baseOffset int64 · 8 batchLength int32 (from byte 12 on) · 12 partitionLeaderEpoch int32
 *  16 magic int8 · 17 crc uint32 (of byte 21 to the end) · 21 attributes int16
 *  23 lastOffsetDelta int32 · 27 baseTimestamp int64 · 35 maxTimestamp int64
 *  43 producerId int64 · 51 producerEpoch int16 · 53 baseSequence int32
 *  57 recordsCount int32 · 61 records
 *
 * The checksum does not cover the base offset and the leader epoch, so that a broker can set them.
 */
export const batchHeaderSize = 61;
/** baseOffset and batchLength: the bytes from which the size of a batch is known. */
export const batchPrefixSize = 12;
const checksummedFrom = 21;

const compressionMask = 0x07;
const logAppendTimeBit = 0x08;
const transactionalBit = 0x10;
const controlBit = 0x20;

export interface BatchHeader {
  /** Bytes, header included. */
  readonly size: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly magic: number;
  readonly crc: number;
  /** 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd; 5 to 7 are not assigned. */
  readonly compression: number;
  readonly transactional: boolean;
  readonly control: boolean;
  /** Whether every record has maxTimestamp, set by the broker, as its timestamp. */
  readonly logAppendTime: boolean;
  readonly lastOffsetDelta: number;
  /** ms since 1970, like maxTimestamp; -1 means none. */
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
  /** -1 if the producer is not idempotent. */
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly count: number;
}

function int64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);
}

/** The size of a batch in bytes, from its first 12 bytes. */
export function batchSize(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at + 8) + batchPrefixSize;
}

/** Reads a header from at least 61 bytes, without any check. */
export function readBatchHeader(bytes: Buffer, at = 0): BatchHeader {
  const attributes = bytes.readInt16BE(at + 21);
  const baseOffset = int64(bytes, at);
  const lastOffsetDelta = bytes.readInt32BE(at + 23);
  return {
    size: batchSize(bytes, at),
    baseOffset,
    lastOffset: baseOffset + lastOffsetDelta,
    magic: bytes.readInt8(at + 16),
    crc: bytes.readUInt32BE(at + 17),
    compression: attributes & compressionMask,
    transactional: (attributes & transactionalBit) !== 0,
    control: (attributes & controlBit) !== 0,
    logAppendTime: (attributes & logAppendTimeBit) !== 0,
    lastOffsetDelta,
    baseTimestamp: int64(bytes, at + 27),
    maxTimestamp: int64(bytes, at + 35),
    producerId: int64(bytes, at + 43),
    producerEpoch: bytes.readInt16BE(at + 51),
    baseSequence: bytes.readInt32BE(at + 53),
    count: bytes.readInt32BE(at + 57),
  };
}

/** Checks the format, the count and the checksum of the batch at `at`, which is all in `bytes`. */
export function isValidBatch(bytes: Buffer, at: number, header: BatchHeader): boolean {
  return (
    header.magic === 2 &&
    header.size >= batchHeaderSize &&
    header.count > 0 &&
    header.lastOffsetDelta === header.count - 1 &&
    crc32c(bytes, at + checksummedFrom, at + header.size) === header.crc
  );
}

/** Sets the fields that the broker assigns. The checksum covers neither. */
export function assignOffset(batch: Buffer, baseOffset: number, leaderEpoch: number): void {
  batch.writeInt32BE(Math.floor(baseOffset / 0x1_0000_0000), 0);
  batch.writeUInt32BE(baseOffset >>> 0, 4);
  batch.writeInt32BE(leaderEpoch, 12);
}

/** Sets the timestamp of every record in the batch to `now` (ms) and updates the checksum. */
export function stampAppendTime(batch: Buffer, now: number): void {
  batch.writeInt16BE(batch.readInt16BE(21) | logAppendTimeBit, 21);
  batch.writeInt32BE(Math.floor(now / 0x1_0000_0000), 35);
  batch.writeUInt32BE(now >>> 0, 39);
  batch.writeUInt32BE(crc32c(batch, checksummedFrom), 17);
}
