import { errorCodes } from '../codec/errorCodes.js';
import {
  array,
  int16,
  int32,
  nullableString,
  since,
  string,
  struct,
  versions,
} from '../codec/layout.js';
import { defineApi } from './api.js';

/** From this version on, one request can remove several members (KIP-345). */
const batchFrom = 3;

const identity = struct({ memberId: string, groupInstanceId: nullableString });

export const request = struct({
  groupId: string,
  memberId: versions(0, batchFrom - 1, string, ''),
  members: since(batchFrom, array(identity), []),
});

export const response = struct({
  throttleTimeMs: since(1, int32, 0),
  errorCode: int16,
  members: since(
    batchFrom,
    array(struct({ memberId: string, groupInstanceId: nullableString, errorCode: int16 })),
    [],
  ),
});

export const leaveGroup = defineApi({
  key: 13,
  name: 'LeaveGroup',
  minVersion: 0,
  maxVersion: 3,
  flexibleFrom: 4,
  request,
  response,
  handle({ groupId, memberId, members }, { services, version }) {
    const { groups } = services;
    if (version < batchFrom) {
      const errorCode = groups.leave(groupId, { memberId, instanceId: null });
      return { throttleTimeMs: 0, errorCode, members: [] };
    }
    return {
      throttleTimeMs: 0,
      errorCode: errorCodes.NONE,
      members: members.map((member) => ({
        ...member,
        errorCode: groups.leave(groupId, {
          memberId: member.memberId,
          instanceId: member.groupInstanceId,
        }),
      })),
    };
  },
});
