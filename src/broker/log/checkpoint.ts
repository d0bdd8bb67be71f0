import { BrokerError } from '../brokerError.js';
import { crc32c } from '../codec/crc32c.js';
import { readJson, replaceFile } from '../storage/files.js';
import type { ProducerState } from './producerStates.js';
import type { IndexEntry } from './sparseIndex.js';

/**
 * The state of a segment after its first `size` bytes, which were flushed to disk before the
 * checkpoint was written, so that recovery does not read them again.
 */
export interface Checkpoint {
  readonly size: number;
  readonly nextOffset: number;
  readonly maxTimestamp: number;
  readonly index: readonly IndexEntry[];
  /** The state of the partition's producers at that point. */
  readonly producers: readonly ProducerState[];
}

export function writeCheckpoint(file: string, checkpoint: Checkpoint): void {
  const body = JSON.stringify(checkpoint);
  replaceFile(file, JSON.stringify({ crc: crc32c(Buffer.from(body)), body }));
}

/** @returns undefined if there is none or it is damaged; the segment must then be scanned */
export function readCheckpoint(file: string): Checkpoint | undefined {
  const envelope = readEnvelope(file);
  const body = envelope?.body ?? '';
  return envelope?.crc === crc32c(Buffer.from(body)) ? (JSON.parse(body) as Checkpoint) : undefined;
}

function readEnvelope(file: string): { crc: number; body: string } | undefined {
  try {
    return readJson(file) as { crc: number; body: string } | undefined;
  } catch (error) {
    if (error instanceof BrokerError) return undefined;
    throw error;
  }
}
