/** How far a group's effects have come in PostgreSQL, by partition. */
export interface StoredOffset {
  readonly partition: number;
  readonly next_offset: number;
  /** The epoch in which the group began to read this log. */
  readonly log_epoch: number;
}

/** What the projection's hash says of a partition: `epoch:next_offset`. */
export interface Marker {
  readonly epoch: number;
  readonly nextOffset: number;
}

/** A partition's marker; undefined where it has none. */
export function markerOf(
  fields: Readonly<Record<string, string>>,
  partition: number,
): Marker | undefined {
  const [epoch, nextOffset] = (fields[String(partition)] ?? '').split(':').map(Number);
  return epoch === undefined || nextOffset === undefined ? undefined : { epoch, nextOffset };
}

/**
 * Whether a group's picture in Redis holds everything that PostgreSQL has committed: it is of this
 * database, no partition's marker is behind, and no rebuild has been begun and not ended. A batch moves
 * its marker before its COMMIT.
 * @param fields the projection's hash, read after the offsets
 */
export function coversAll(
  fields: Readonly<Record<string, string>>,
  databaseId: string,
  offsets: readonly StoredOffset[],
): boolean {
  return (
    fields['database'] === databaseId &&
    fields['rebuild'] === undefined &&
    offsets.every(({ partition, next_offset, log_epoch }) => {
      const marker = markerOf(fields, partition);
      if (marker === undefined) return next_offset === 0 && log_epoch === 0;
      return marker.nextOffset >= next_offset && marker.epoch >= log_epoch;
    })
  );
}
