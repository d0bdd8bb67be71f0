import type { BrowsedRecord } from '../../stores/kafka/fetcher.js';
import { recordTime } from '../contract/deadLetter.js';
import { parseJson } from '../contract/json.js';

/** Decoded bytes: JSON if they are JSON, else UTF-8 text, else base64; null if there are none. */
export type Decoded =
  | { readonly as: 'json'; readonly value: unknown }
  | { readonly as: 'text' | 'base64'; readonly value: string }
  | { readonly as: 'null'; readonly value: null };

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Decodes the value of a record. */
export function decodeBytes(bytes: Buffer | null): Decoded {
  if (bytes === null) return { as: 'null', value: null };
  const parsed = parseJson(bytes);
  return parsed.ok ? { as: 'json', value: parsed.value } : decodeText(bytes);
}

/** Decodes a key or a header, which is never JSON: `5` is a key, not a number. */
export function decodeText(bytes: Buffer | null): Exclude<Decoded, { as: 'json' }> {
  if (bytes === null) return { as: 'null', value: null };
  try {
    return { as: 'text', value: utf8.decode(bytes) };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { as: 'base64', value: bytes.toString('base64') };
  }
}

/** A record as --json shows it; bytes that are not text are in a member that ends in `_base64`. */
export function recordJson(topic: string, record: BrowsedRecord): object {
  const key = decodeText(record.key);
  const value = decodeBytes(record.value);
  return {
    topic,
    partition: record.partition,
    offset: record.offset,
    timestamp: recordTime(record.timestampMs),
    [key.as === 'base64' ? 'key_base64' : 'key']: key.value,
    headers: Object.fromEntries(
      record.headers.map(([name, bytes]) => [name, decodeText(bytes).value]),
    ),
    [value.as === 'base64' ? 'value_base64' : 'value']: value.value,
  };
}
