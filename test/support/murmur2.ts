/**
 * The partition that the Java client assigns to a key: murmur2 of its UTF-8 bytes with the seed
 * 0x9747b28c, made positive, modulo the number of partitions. Written from the definition of the
 * algorithm (Appleby), not from the code of a client, so that it is an independent check.
 */
export function murmur2Partition(key: string, partitions: number): number {
  return (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions;
}

/** murmur2 with Kafka's seed, as a signed 32-bit number. */
export function murmur2(bytes: Buffer): number {
  const m = 0x5bd1e995;
  let hash = 0x9747b28c ^ bytes.length;
  const whole = bytes.length - (bytes.length % 4);
  for (let at = 0; at < whole; at += 4) {
    let word = Math.imul(bytes.readInt32LE(at), m);
    word = Math.imul(word ^ (word >>> 24), m);
    hash = Math.imul(hash, m) ^ word;
  }
  if (whole < bytes.length) {
    for (let at = bytes.length - 1; at >= whole; at -= 1) {
      hash ^= (bytes[at] ?? 0) << (8 * (at - whole));
    }
    hash = Math.imul(hash, m);
  }
  hash = Math.imul(hash ^ (hash >>> 13), m);
  return hash ^ (hash >>> 15);
}
