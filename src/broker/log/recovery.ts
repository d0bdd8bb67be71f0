import { scanValidBatches } from './batchScan.js';
import { ProducerStates } from './producerStates.js';
import { listSegments, Segment } from './segment.js';

/** Scanned bytes after which a checkpoint is written, so that a later start can skip them. */
const progressBytes = 32 * 1024 * 1024;

interface RecoveryOptions {
  readonly dir: string;
  readonly warn: (message: string) => void;
  readonly now: () => number;
}

/**
 * Opens the segments in a partition's directory. The part that a checkpoint covers is trusted. The
 * rest is scanned and truncated at the first invalid batch, after which there are no acknowledged
 * records, unless the disk has lost some.
 * @returns at least one segment; the last is the active one
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
      options.warn(
        `${options.dir}: deleted the segment at offset ${baseOffset}, which follows a gap`,
      );
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
 * Scans the part that no checkpoint covers, and writes checkpoints during the scan: on a slow disk,
 * the parent process may stop the broker before the scan has finished.
 * @returns false if a torn tail was truncated
 */
function scanTail(segment: Segment, producers: ProducerStates, options: RecoveryOptions): boolean {
  const fileSize = segment.fileSize();
  const now = options.now();
  let savedSize = segment.size;
  const end = scanValidBatches(segment.fd, segment.size, fileSize, segment.nextOffset, (batch) => {
    segment.note(batch, batch.lastOffset);
    if (batch.producerId >= 0) producers.note(batch, batch.baseOffset, now);
    if (segment.size - savedSize >= progressBytes) {
      savedSize = segment.size;
      saveProgress(segment, producers, options);
    }
  });
  if (end === fileSize) return true;
  options.warn(
    `${options.dir}: truncated a torn tail of ${fileSize - end} bytes at offset ${segment.nextOffset}`,
  );
  segment.truncate();
  return false;
}

function saveProgress(segment: Segment, producers: ProducerStates, options: RecoveryOptions): void {
  try {
    segment.seal(producers.snapshot());
  } catch (error) {
    // For example, the disk is full. Recovery can still continue, since it only reads the log.
    options.warn(`${options.dir}: the progress of the recovery was not saved: ${String(error)}`);
  }
}
