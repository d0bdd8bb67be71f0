import { errorCodes } from '../codec/errorCodes.js';
import {
  array,
  boolean,
  bytes,
  int16,
  int32,
  nullableString,
  since,
  string,
  struct,
  type Infer,
} from '../codec/layout.js';
import type { Group } from '../group/group.js';
import { metadataFor } from '../group/member.js';
import { defineApi } from './api.js';
import { authorizedOperationsOmitted } from './authorizedOperations.js';

export const request = struct({
  groups: array(string),
  includeAuthorizedOperations: since(3, boolean, false),
});

const described = struct({
  errorCode: int16,
  groupId: string,
  groupState: string,
  protocolType: string,
  protocolData: string,
  members: array(
    struct({
      memberId: string,
      groupInstanceId: since(4, nullableString, null),
      clientId: string,
      clientHost: string,
      memberMetadata: bytes,
      memberAssignment: bytes,
    }),
  ),
  authorizedOperations: since(3, int32, authorizedOperationsOmitted),
});

export const response = struct({
  throttleTimeMs: since(1, int32, 0),
  groups: array(described),
});

/** A group that does not exist is reported as Dead, without an error. */
function describe(groupId: string, group: Group | undefined): Infer<typeof described> {
  const isStable = group?.state === 'Stable';
  const protocol = isStable ? group.protocol : '';
  return {
    errorCode: errorCodes.NONE,
    groupId,
    groupState: group?.state ?? 'Dead',
    protocolType: group?.protocolType ?? '',
    protocolData: protocol,
    members: (group?.members ?? []).map((member) => ({
      memberId: member.id,
      groupInstanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      // During a rebalance, neither is valid.
      memberMetadata: metadataFor(member, protocol),
      memberAssignment: isStable ? member.assignment : Buffer.alloc(0),
    })),
    authorizedOperations: authorizedOperationsOmitted,
  };
}

export const describeGroups = defineApi({
  key: 15,
  name: 'DescribeGroups',
  minVersion: 0,
  maxVersion: 4,
  flexibleFrom: 5,
  request,
  response,
  handle: ({ groups }, { services }) => ({
    throttleTimeMs: 0,
    groups: groups.map((groupId) => describe(groupId, services.groups.find(groupId))),
  }),
});
