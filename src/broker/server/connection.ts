import type { Socket } from 'node:net';

import {
  closeConnection,
  noResponse,
  type RequestContext,
  type Served,
  type Services,
} from '../apis/api.js';
import { unsupportedApiVersions } from '../apis/apiVersions.js';
import { findApi } from '../apis/registry.js';
import { BytesGoneError } from '../codec/bytes.js';
import { apiVersionsKey, readRequestHeader } from '../codec/frame.js';
import { MalformedError } from '../codec/reader.js';
import { FrameSizeError, FrameSplitter } from './frames.js';
import { sendResponse } from './responses.js';

/** Bytes of further requests that may be buffered while one is handled. */
const maxBufferedBytes = 256 * 1024;

export interface ConnectionOptions {
  readonly services: Services;
  /** The largest request, bytes. */
  readonly maxRequestBytes: number;
  readonly warn: (message: string) => void;
}

/**
 * Serves one client. As in Kafka, the requests of a connection are handled one after the other, so
 * that responses are in order; a long poll blocks the requests after it. While a request is
 * handled, its response is sent, or the client does not read its responses, only a bounded amount
 * is read from the socket.
 */
export function serveConnection(socket: Socket, options: ConnectionOptions): void {
  const { services, warn } = options;
  const splitter = new FrameSplitter(options.maxRequestBytes);
  const closed = new AbortController();
  const clientHost = `/${socket.remoteAddress ?? ''}`;
  let busy = false;

  const finish = (served: Served): Promise<void> | undefined => {
    if (served === closeConnection) {
      socket.destroy();
    } else if (served !== noResponse) {
      return sendResponse(socket, served);
    }
    return undefined;
  };

  const serve = (frame: Buffer): Served | Promise<Served> => {
    const { header, end } = readRequestHeader(frame);
    const api = findApi(header.apiKey);
    const { version } = header;
    if (api === undefined || version < api.minVersion || version > api.maxVersion) {
      return header.apiKey === apiVersionsKey
        ? unsupportedApiVersions(header.correlationId, services.apis)
        : closeConnection;
    }
    const context: RequestContext = {
      services,
      version,
      clientId: header.clientId ?? '',
      clientHost,
      signal: closed.signal,
    };
    return api.serve(frame, end, header.correlationId, context);
  };

  const fail = (error: unknown): void => {
    if (error instanceof BytesGoneError) {
      warn(`a response to ${clientHost} was truncated: ${error.message}`);
    } else if (!(error instanceof MalformedError || error instanceof FrameSizeError)) {
      const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
      warn(`a request from ${clientHost} failed: ${detail}`);
    }
    socket.destroy();
  };

  /** Handles buffered requests until one has to wait or the client stops reading. */
  const drain = (): void => {
    socket.cork();
    try {
      while (!busy && !socket.destroyed && !socket.writableNeedDrain) {
        const frame = splitter.next();
        if (frame === undefined) break;
        const served = serve(frame);
        const sent = served instanceof Promise ? served.then(finish) : finish(served);
        if (sent !== undefined) {
          busy = true;
          sent.catch(fail).finally(resume);
        }
      }
    } catch (error) {
      fail(error);
    } finally {
      socket.uncork();
    }
    const blocked = busy || socket.writableNeedDrain;
    if (blocked && splitter.buffered > maxBufferedBytes) {
      socket.pause();
    } else {
      socket.resume();
    }
  };

  const resume = (): void => {
    busy = false;
    drain();
  };

  socket.setNoDelay(true);
  socket.on('data', (chunk: Buffer) => {
    splitter.push(chunk);
    drain();
  });
  socket.on('drain', drain);
  // A broken connection is no error of the broker; 'close' follows and cancels pending requests.
  socket.on('error', () => socket.destroy());
  socket.on('close', () => closed.abort());
}
