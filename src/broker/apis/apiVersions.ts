import type { Bytes } from '../codec/bytes.js';
import { errorCodes } from '../codec/errorCodes.js';
import { encodeResponse } from '../codec/frame.js';
import { array, int16, int32, since, string, struct } from '../codec/layout.js';
import { defineApi, type ApiRange } from './api.js';

export const request = struct({
  clientSoftwareName: since(3, string, ''),
  clientSoftwareVersion: since(3, string, ''),
});

export const response = struct({
  errorCode: int16,
  apiKeys: array(struct({ apiKey: int16, minVersion: int16, maxVersion: int16 })),
  throttleTimeMs: since(1, int32, 0),
});

const range: ApiRange = {
  key: 18,
  name: 'ApiVersions',
  minVersion: 0,
  maxVersion: 3,
  flexibleFrom: 3,
};

function toApiKeys(apis: readonly ApiRange[]) {
  return apis.map(({ key, minVersion, maxVersion }) => ({ apiKey: key, minVersion, maxVersion }));
}

export const apiVersions = defineApi({
  ...range,
  request,
  response,
  handle: (_request, { services }) => ({
    errorCode: errorCodes.NONE,
    apiKeys: toApiKeys(services.apis),
    throttleTimeMs: 0,
  }),
});

/**
 * The response to an unsupported version: in version 0, which any client can read, so that it can
 * retry with a supported version.
 */
export function unsupportedApiVersions(
  correlationId: number,
  apis: readonly ApiRange[],
): readonly Bytes[] {
  const body = {
    errorCode: errorCodes.UNSUPPORTED_VERSION,
    apiKeys: toApiKeys(apis),
    throttleTimeMs: 0,
  };
  return encodeResponse(range, 0, correlationId, response, body);
}
