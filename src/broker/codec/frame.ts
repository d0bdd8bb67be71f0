import type { Bytes } from './bytes.js';
import { nullableString, skipTags, type Layout } from './layout.js';
import { Reader } from './reader.js';
import { Writer } from './writer.js';

/** Precedes every request: apiKey int16, apiVersion int16, correlationId int32, clientId. */
export interface RequestHeader {
  readonly apiKey: number;
  readonly version: number;
  readonly correlationId: number;
  readonly clientId: string | null;
}

/** How the messages of an API are encoded. */
export interface MessageForm {
  readonly key: number;
  /** The first flexible version (KIP-482), if any. */
  readonly flexibleFrom?: number;
}

export const apiVersionsKey = 18;

/** Whether `version` of the API is flexible. */
export function isFlexible(api: MessageForm, version: number): boolean {
  return api.flexibleFrom !== undefined && version >= api.flexibleFrom;
}

/** A flexible response has tagged fields in its header, except that of ApiVersions (KIP-511). */
export function hasTaggedResponseHeader(api: MessageForm, version: number): boolean {
  return isFlexible(api, version) && api.key !== apiVersionsKey;
}

/** Reads the part of a request's header that all versions share. @returns it and its end */
export function readRequestHeader(frame: Buffer): { header: RequestHeader; end: number } {
  const reader = new Reader(frame);
  const header = {
    apiKey: reader.int16(),
    version: reader.int16(),
    correlationId: reader.int32(),
    clientId: nullableString.read(reader, 0),
  };
  return { header, end: reader.position };
}

/** A reader positioned at a request's body, after the header that ended at `end`. */
export function bodyReader(frame: Buffer, end: number, flexible: boolean): Reader {
  const reader = new Reader(frame, end, flexible);
  if (flexible) skipTags(reader);
  return reader;
}

/** Writes the total size into the int32 prefix of the first piece. */
function withSize(pieces: readonly Bytes[]): readonly Bytes[] {
  const [first] = pieces;
  if (Buffer.isBuffer(first)) {
    first.writeInt32BE(pieces.reduce((total, piece) => total + piece.length, 0) - 4, 0);
  }
  return pieces;
}

/** @returns a complete response frame with its size prefix, as pieces in order */
export function encodeResponse<T>(
  api: MessageForm,
  version: number,
  correlationId: number,
  layout: Layout<T>,
  body: T,
): readonly Bytes[] {
  const writer = new Writer(isFlexible(api, version));
  writer.int32(0);
  writer.int32(correlationId);
  if (hasTaggedResponseHeader(api, version)) writer.uvarint(0);
  layout.write(writer, body, version);
  return withSize(writer.finish());
}
