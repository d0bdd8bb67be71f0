import type { Bytes } from './bytes.js';
import { MalformedError, type Reader } from './reader.js';
import type { Writer } from './writer.js';

/**
 * One part of a message, in all its versions. The reader, the writer and the TypeScript type all
 * derive from the same declaration.
 * In the flexible versions (KIP-482), lengths are compact and structs end with tagged fields. The
 * reader and the writer know which form is in use, so a layout is declared once.
 */
export interface Layout<T> {
  read(from: Reader, version: number): T;
  write(to: Writer, value: T, version: number): void;
}

/** The TypeScript type that a layout reads and writes. */
export type Infer<L> = L extends Layout<infer T> ? T : never;

export const int8: Layout<number> = {
  read: (from) => from.int8(),
  write: (to, value) => to.int8(value),
};

export const int16: Layout<number> = {
  read: (from) => from.int16(),
  write: (to, value) => to.int16(value),
};

export const int32: Layout<number> = {
  read: (from) => from.int32(),
  write: (to, value) => to.int32(value),
};

export const int64: Layout<number> = {
  read: (from) => from.int64(),
  write: (to, value) => to.int64(value),
};

export const boolean: Layout<boolean> = {
  read: (from) => from.int8() !== 0,
  write: (to, value) => to.int8(value ? 1 : 0),
};

/**
 * The width of a plain length prefix, in which -1 means null. A compact prefix is a varint of
 * length + 1, in which 0 means null.
 */
type Width = 'int16' | 'int32';

function readLength(from: Reader, width: Width): number {
  return from.flexible ? from.uvarint() - 1 : from[width]();
}

function writeLength(to: Writer, width: Width, length: number): void {
  if (to.flexible) {
    to.uvarint(length + 1);
  } else {
    to[width](length);
  }
}

export const nullableString: Layout<string | null> = {
  read(from) {
    const length = readLength(from, 'int16');
    return length < 0 ? null : from.utf8(length);
  },
  write(to, value) {
    if (value === null) {
      writeLength(to, 'int16', -1);
      return;
    }
    const length = Buffer.byteLength(value);
    writeLength(to, 'int16', length);
    to.utf8(value, length);
  },
};

export const nullableBytes: Layout<Buffer | null> = {
  read(from) {
    const length = readLength(from, 'int32');
    return length < 0 ? null : from.raw(length);
  },
  write(to, value) {
    writeLength(to, 'int32', value?.length ?? -1);
    if (value !== null) to.raw(value);
  },
};

/** Byte strings that are sent as stored on disk: written piece by piece, read as one piece. */
export const byteChunks: Layout<readonly Bytes[]> = {
  read(from) {
    const bytes = nullableBytes.read(from, 0);
    return bytes === null ? [] : [bytes];
  },
  write(to, value) {
    writeLength(
      to,
      'int32',
      value.reduce((total, piece) => total + piece.length, 0),
    );
    for (const piece of value) to.raw(piece);
  },
};

export function nullableArray<T>(item: Layout<T>): Layout<readonly T[] | null> {
  return {
    read(from, version) {
      const length = readLength(from, 'int32');
      if (length < 0) return null;
      // Every item takes at least one byte, so a false length cannot cause a large allocation.
      if (length > from.remaining) {
        throw new MalformedError(`an array of ${length} items in ${from.remaining} bytes`);
      }
      const items: T[] = [];
      for (let index = 0; index < length; index += 1) items.push(item.read(from, version));
      return items;
    },
    write(to, value, version) {
      writeLength(to, 'int32', value?.length ?? -1);
      for (const each of value ?? []) item.write(to, each, version);
    },
  };
}

/** The layout without null: a null on the wire is malformed. */
function required<T>(layout: Layout<T | null>, what: string): Layout<T> {
  return {
    read(from, version) {
      const value = layout.read(from, version);
      if (value === null) {
        throw new MalformedError(`null instead of ${what} before byte ${from.position}`);
      }
      return value;
    },
    write: (to, value, version) => layout.write(to, value, version),
  };
}

export const string: Layout<string> = required(nullableString, 'a string');
export const bytes: Layout<Buffer> = required(nullableBytes, 'bytes');

export function array<T>(item: Layout<T>): Layout<readonly T[]> {
  return required(nullableArray(item), 'an array');
}

/** Present only in the versions `from` to `to`; in other versions it reads as `absent`. */
export function versions<T>(from: number, to: number, layout: Layout<T>, absent: T): Layout<T> {
  const present = (version: number) => version >= from && version <= to;
  return {
    read: (reader, version) => (present(version) ? layout.read(reader, version) : absent),
    write(writer, value, version) {
      if (present(version)) layout.write(writer, value, version);
    },
  };
}

/** Present from version `from` on; in earlier versions it reads as `absent`. */
export function since<T>(from: number, layout: Layout<T>, absent: T): Layout<T> {
  return versions(from, Number.POSITIVE_INFINITY, layout, absent);
}

type Fields = Record<string, Layout<unknown>>;

/** Fields in wire order. In flexible versions, tagged fields are skipped and none are written. */
export function struct<F extends Fields>(fields: F): Layout<{ [K in keyof F]: Infer<F[K]> }> {
  type Value = { [K in keyof F]: Infer<F[K]> };
  const entries: [keyof F & string, Layout<unknown>][] = Object.entries(fields);
  return {
    read(from, version) {
      const value: Record<string, unknown> = {};
      for (const [name, layout] of entries) value[name] = layout.read(from, version);
      if (from.flexible) skipTags(from);
      return value as Value;
    },
    write(to, value, version) {
      for (const [name, layout] of entries) layout.write(to, value[name], version);
      if (to.flexible) to.uvarint(0);
    },
  };
}

/** Skips a section of tagged fields: a count, then (tag, size, bytes) for each field. */
export function skipTags(from: Reader): void {
  for (let left = from.uvarint(); left > 0; left -= 1) {
    from.uvarint();
    from.raw(from.uvarint());
  }
}
