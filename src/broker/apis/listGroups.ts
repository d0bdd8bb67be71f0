import { errorCodes } from '../codec/errorCodes.js';
import { array, int16, int32, since, string, struct } from '../codec/layout.js';
import { defineApi } from './api.js';

export const request = struct({});

export const response = struct({
  throttleTimeMs: since(1, int32, 0),
  errorCode: int16,
  groups: array(struct({ groupId: string, protocolType: string })),
});

export const listGroups = defineApi({
  key: 16,
  name: 'ListGroups',
  minVersion: 0,
  maxVersion: 2,
  flexibleFrom: 3,
  request,
  response,
  handle: (_request, { services }) => ({
    throttleTimeMs: 0,
    errorCode: errorCodes.NONE,
    groups: services.groups
      .list()
      .map(({ groupId, group }) => ({ groupId, protocolType: group.protocolType })),
  }),
});
