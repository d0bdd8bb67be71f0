import { errorCodes } from '../codec/errorCodes.js';
import { int16, int32, int64, nullableString, struct } from '../codec/layout.js';
import { defineApi } from './api.js';

export const request = struct({
  transactionalId: nullableString,
  transactionTimeoutMs: int32,
});

export const response = struct({
  throttleTimeMs: int32,
  errorCode: int16,
  producerId: int64,
  producerEpoch: int16,
});

export const initProducerId = defineApi({
  key: 22,
  name: 'InitProducerId',
  minVersion: 0,
  maxVersion: 1,
  flexibleFrom: 2,
  request,
  response,
  handle({ transactionalId }, { services }) {
    // Transactions are not supported. Clients do not retry INVALID_REQUEST, unlike other errors.
    return transactionalId === null
      ? {
          throttleTimeMs: 0,
          errorCode: errorCodes.NONE,
          producerId: services.producerIds.next(),
          producerEpoch: 0,
        }
      : {
          throttleTimeMs: 0,
          errorCode: errorCodes.INVALID_REQUEST,
          producerId: -1,
          producerEpoch: -1,
        };
  },
});
