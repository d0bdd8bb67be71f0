import {
  array,
  bytes,
  int16,
  int32,
  nullableString,
  since,
  string,
  struct,
} from '../codec/layout.js';
import type { JoinResult } from '../group/member.js';
import { defineApi } from './api.js';

/** From this version on, a dynamic member joins in two steps (KIP-394). */
const memberIdRequiredFrom = 4;
/** Version 0 has no rebalance timeout; the session timeout applies. */
const sameAsSession = -1;

export const request = struct({
  groupId: string,
  sessionTimeoutMs: int32,
  rebalanceTimeoutMs: since(1, int32, sameAsSession),
  memberId: string,
  groupInstanceId: since(5, nullableString, null),
  protocolType: string,
  protocols: array(struct({ name: string, metadata: bytes })),
});

export const response = struct({
  throttleTimeMs: since(2, int32, 0),
  errorCode: int16,
  generationId: int32,
  protocolName: string,
  leader: string,
  memberId: string,
  members: array(
    struct({
      memberId: string,
      groupInstanceId: since(5, nullableString, null),
      metadata: bytes,
    }),
  ),
});

export const joinGroup = defineApi({
  key: 11,
  name: 'JoinGroup',
  minVersion: 0,
  maxVersion: 5,
  flexibleFrom: 6,
  request,
  response,
  async handle(body, { services, version, clientId, clientHost }) {
    const { groupId, groupInstanceId, sessionTimeoutMs, rebalanceTimeoutMs } = body;
    const result = await new Promise<JoinResult>((resolve) => {
      services.groups.join(
        groupId,
        {
          memberId: body.memberId,
          instanceId: groupInstanceId,
          clientId,
          clientHost,
          sessionTimeoutMs,
          rebalanceTimeoutMs:
            rebalanceTimeoutMs === sameAsSession ? sessionTimeoutMs : rebalanceTimeoutMs,
          protocolType: body.protocolType,
          protocols: body.protocols,
          requireKnownMemberId: version >= memberIdRequiredFrom,
        },
        resolve,
      );
    });
    return {
      throttleTimeMs: 0,
      errorCode: result.error,
      generationId: result.generation,
      protocolName: result.protocol,
      leader: result.leader,
      memberId: result.memberId,
      members: result.members.map(({ memberId, instanceId, metadata }) => ({
        memberId,
        groupInstanceId: instanceId,
        metadata,
      })),
    };
  },
});
