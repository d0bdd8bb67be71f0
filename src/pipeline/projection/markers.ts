/** How far a group's effects have come in PostgreSQL, by partition. */
export interface StoredOffset {
  readonly partition: number;
  readonly next_offset: number;
}

/**
 * Whether a group's picture in Redis holds everything that PostgreSQL has committed: it is of this
 * database, and no partition's marker is behind. A batch moves its marker before its COMMIT.
 * @param fields the projection's hash, read after the offsets
 */
export function coversAll(
  fields: Readonly<Record<string, string>>,
  databaseId: string,
  offsets: readonly StoredOffset[],
): boolean {
  return (
    fields['database'] === databaseId &&
    offsets.every(({ partition, next_offset }) => {
      const marker = fields[String(partition)];
      return marker !== undefined && Number(marker.split(':')[1]) >= next_offset;
    })
  );
}
