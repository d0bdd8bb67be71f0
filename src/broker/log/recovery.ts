import { scanSound } from './batchScan.js';
import { ProducerStates } from './producerStates.js';
import { listSegments, Segment } from './segment.js';

/** How much is scanned, in bytes, before that is noted down for a start that comes after this one. */
const progressBytes = 32 * 1024 * 1024;

interface RecoveryOptions {
  readonly dir: string;
  readonly warn: (message: string) => void;
  readonly now: () => number;
}

/**
 * Opens the segments of a partition's directory. What a checkpoint vouches for is taken as it is;
 * everything behind is scanned, and cut at the first byte that is no sound batch: records that
 * were acknowledged are never behind it, unless the disk lost them.
 * @returns at least one segment; the last is the one to append to
 */
export function recoverSegments(options: RecoveryOptions): {
  segments: Segment[];
  producers: ProducerStates;
} {
  const segments: Segment[] = [];
  let producers = new ProducerStates();
  let torn = false;
  for (const baseOffset of listSegments(options.dir)) {
    const segment = new Segment(options.dir, baseOffset);
    const expected = segments.at(-1)?.nextOffset ?? baseOffset;
    if (torn || baseOffset !== expected) {
      options.warn(`${options.dir}: dropped the segment at ${baseOffset}, which follows a gap`);
      segment.remove();
      continue;
    }
    const checkpoint = segment.checkpoint();
    if (checkpoint !== undefined) {
      segment.restore(checkpoint);
      producers = new ProducerStates(checkpoint.producers);
    }
    torn = !scanTail(segment, producers, options);
    segments.push(segment);
  }
  if (segments.length === 0) segments.push(new Segment(options.dir, 0));
  return { segments, producers };
}

/**
 * Reads what no checkpoint covers, and covers it on the way: who waits for the broker may end it
 * before a slow disk has given all. @returns false where a torn tail had to be cut */
function scanTail(segment: Segment, producers: ProducerStates, options: RecoveryOptions): boolean {
  const fileSize = segment.fileSize();
  const now = options.now();
  let noted = segment.size;
  const end = scanSound(segment.fd, segment.size, fileSize, segment.nextOffset, (batch) => {
    segment.note(batch, batch.lastOffset);
    if (batch.producerId >= 0) producers.note(batch, batch.baseOffset, now);
    if (segment.size - noted >= progressBytes) {
      noted = segment.size;
      noteProgress(segment, producers, options);
    }
  });
  if (end === fileSize) return true;
  options.warn(
    `${options.dir}: cut a torn tail of ${fileSize - end} bytes at ${segment.nextOffset}`,
  );
  segment.truncate();
  return false;
}

function noteProgress(segment: Segment, producers: ProducerStates, options: RecoveryOptions): void {
  try {
    segment.seal(producers.snapshot());
  } catch (error) {
    // A full disk: the log itself needs no room to be read.
    options.warn(`${options.dir}: the recovery's progress was not saved: ${String(error)}`);
  }
}
