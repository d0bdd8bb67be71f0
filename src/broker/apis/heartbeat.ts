import { int16, int32, nullableString, since, string, struct } from '../codec/layout.js';
import { defineApi } from './api.js';

export const request = struct({
  groupId: string,
  generationId: int32,
  memberId: string,
  groupInstanceId: since(3, nullableString, null),
});

export const response = struct({
  throttleTimeMs: since(1, int32, 0),
  errorCode: int16,
});

export const heartbeat = defineApi({
  key: 12,
  name: 'Heartbeat',
  minVersion: 0,
  maxVersion: 3,
  flexibleFrom: 4,
  request,
  response,
  handle: ({ groupId, generationId, memberId, groupInstanceId }, { services }) => ({
    throttleTimeMs: 0,
    errorCode: services.groups.heartbeat(groupId, {
      memberId,
      instanceId: groupInstanceId,
      generation: generationId,
    }),
  }),
});
