import { createHash } from 'node:crypto';

import type { ConsumedRecord } from '../../../stores/kafka/consumer.js';

/** A 64-bit hash of a record's timestamp and value: it differs between logs with the same offsets. */
export function anchorOf(record: ConsumedRecord): Buffer {
  const hash = createHash('sha256').update(String(record.timestampMs)).update('\n');
  if (record.value !== null) hash.update(record.value);
  return hash.digest().subarray(0, 8);
}
