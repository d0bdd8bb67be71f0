import { createHash } from 'node:crypto';

import type { ConsumedRecord } from '../../../stores/kafka/consumer.js';

/** Hashes a record's timestamp and value to 64 bits, which differ between logs with equal offsets. */
export function anchorOf(record: ConsumedRecord): Buffer {
  const hash = createHash('sha256').update(String(record.timestampMs)).update('\n');
  if (record.value !== null) hash.update(record.value);
  return hash.digest().subarray(0, 8);
}
