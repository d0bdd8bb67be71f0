import { errorCodes } from '../codec/errorCodes.js';
import { int16, int32, int8, nullableString, since, string, struct } from '../codec/layout.js';
import { defineApi } from './api.js';

const group = 0;

export const request = struct({
  key: string,
  /** 0: group, 1: transaction. */
  keyType: since(1, int8, group),
});

export const response = struct({
  throttleTimeMs: since(1, int32, 0),
  errorCode: int16,
  errorMessage: since(1, nullableString, null),
  nodeId: int32,
  host: string,
  port: int32,
});

export const findCoordinator = defineApi({
  key: 10,
  name: 'FindCoordinator',
  minVersion: 0,
  maxVersion: 2,
  flexibleFrom: 3,
  request,
  response,
  handle({ keyType }, { services }) {
    const { nodeId, host, port } = services.identity;
    return keyType === group
      ? { throttleTimeMs: 0, errorCode: errorCodes.NONE, errorMessage: null, nodeId, host, port }
      : {
          throttleTimeMs: 0,
          errorCode: errorCodes.INVALID_REQUEST,
          errorMessage: 'The embedded broker does not support transactions',
          nodeId: -1,
          host: '',
          port: -1,
        };
  },
});
