/** A record to write; the key determines the partition as in the Java client (murmur2). */
export interface OutgoingRecord {
  readonly topic: string;
  readonly key: string | Buffer | null;
  readonly value: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Where a record was written. */
export interface RecordPlace {
  readonly partition: number;
  readonly offset: number;
}

/** An estimate of a record's size on the wire, in bytes. */
export function sizeOf({ key, value, headers }: OutgoingRecord): number {
  let bytes = 32 + (key === null ? 0 : Buffer.byteLength(key)) + Buffer.byteLength(value);
  for (const [name, text] of Object.entries(headers ?? {})) bytes += 8 + name.length + text.length;
  return bytes;
}
