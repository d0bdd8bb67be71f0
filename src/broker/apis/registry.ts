import type { Api } from './api.js';
import { apiVersions } from './apiVersions.js';
import { createTopics } from './createTopics.js';
import { deleteTopics } from './deleteTopics.js';
import { describeConfigs } from './describeConfigs.js';
import { describeGroups } from './describeGroups.js';
import { fetch } from './fetch.js';
import { findCoordinator } from './findCoordinator.js';
import { heartbeat } from './heartbeat.js';
import { initProducerId } from './initProducerId.js';
import { joinGroup } from './joinGroup.js';
import { leaveGroup } from './leaveGroup.js';
import { listGroups } from './listGroups.js';
import { listOffsets } from './listOffsets.js';
import { metadata } from './metadata.js';
import { offsetCommit } from './offsetCommit.js';
import { offsetFetch } from './offsetFetch.js';
import { produce } from './produce.js';
import { syncGroup } from './syncGroup.js';

/** Every supported API; ApiVersions reports exactly this list to clients. */
export const apis: readonly Api[] = [
  produce,
  fetch,
  listOffsets,
  metadata,
  offsetCommit,
  offsetFetch,
  findCoordinator,
  joinGroup,
  heartbeat,
  leaveGroup,
  syncGroup,
  describeGroups,
  listGroups,
  apiVersions,
  createTopics,
  deleteTopics,
  initProducerId,
  describeConfigs,
];

const byKey = new Map(apis.map((api) => [api.key, api]));

export function findApi(key: number): Api | undefined {
  return byKey.get(key);
}
