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
import type { SyncResult } from '../group/member.js';
import { defineApi } from './api.js';

export const request = struct({
  groupId: string,
  generationId: int32,
  memberId: string,
  groupInstanceId: since(3, nullableString, null),
  /** Set by the leader; empty for the other members. */
  assignments: array(struct({ memberId: string, assignment: bytes })),
});

export const response = struct({
  throttleTimeMs: since(1, int32, 0),
  errorCode: int16,
  assignment: bytes,
});

export const syncGroup = defineApi({
  key: 14,
  name: 'SyncGroup',
  minVersion: 0,
  maxVersion: 3,
  flexibleFrom: 4,
  request,
  response,
  async handle(body, { services }) {
    const membership = {
      memberId: body.memberId,
      instanceId: body.groupInstanceId,
      generation: body.generationId,
    };
    const assignments = new Map(
      body.assignments.map(({ memberId, assignment }) => [memberId, assignment]),
    );
    const result = await new Promise<SyncResult>((resolve) => {
      services.groups.sync(body.groupId, membership, assignments, resolve);
    });
    return { throttleTimeMs: 0, errorCode: result.error, assignment: result.assignment };
  },
});
