import type { RedisStore } from '../../stores/redis/client.js';
import { projectionKey } from '../contract/redisKeys.js';
import type { StoredOffset } from './offsets.js';

/** A projection's progress in a partition; stored in Redis as `epoch:next_offset`. */
interface Marker {
  readonly epoch: number;
  readonly nextOffset: number;
}

/** The contents of the hash of a group's projection, which sql/redis/project.lua writes. */
export interface ProjectionState {
  /** The database that it was derived from; undefined if that is not known. */
  readonly databaseId: string | undefined;
  /** Whether a rebuild has begun but not ended. */
  readonly isRebuilding: boolean;
  /** By partition; a partition without a marker has had no batch yet. */
  readonly markers: ReadonlyMap<number, Marker>;
}

/**
 * Reads the state of a group's projection in Redis. To compare it with PostgreSQL, read PostgreSQL's
 * offsets first: a batch advances its marker before its COMMIT.
 * @throws StoreUnavailable
 */
export async function readState(redis: RedisStore, group: string): Promise<ProjectionState> {
  return parseState(await redis.hashes.read(projectionKey(group)));
}

/** @param fields the projection's hash; empty if there is none */
export function parseState(fields: Readonly<Record<string, string>>): ProjectionState {
  const markers = new Map<number, Marker>();
  for (const [field, value] of Object.entries(fields)) {
    const [epoch, nextOffset] = value.split(':').map(Number);
    if (!/^\d+$/.test(field) || epoch === undefined || nextOffset === undefined) continue;
    markers.set(Number(field), { epoch, nextOffset });
  }
  return {
    databaseId: fields['database'],
    isRebuilding: fields['rebuild'] !== undefined,
    markers,
  };
}

/** The offset that a projection has reached in a partition, exclusive; 0 without a marker. */
export function shownOffset({ markers }: ProjectionState, partition: number): number {
  return markers.get(partition)?.nextOffset ?? 0;
}

/**
 * Whether a projection contains everything that PostgreSQL has committed: it belongs to this database,
 * no partition's marker is behind, and no rebuild is unfinished.
 */
export function coversAll(
  state: ProjectionState,
  databaseId: string,
  offsets: readonly StoredOffset[],
): boolean {
  return (
    state.databaseId === databaseId &&
    !state.isRebuilding &&
    offsets.every(({ partition, next_offset, log_epoch }) => {
      const marker = state.markers.get(partition);
      if (marker === undefined) return next_offset === 0 && log_epoch === 0;
      return marker.nextOffset >= next_offset && marker.epoch >= log_epoch;
    })
  );
}

/**
 * Whether a projection belongs to this database and these logs, whatever its progress. If not, its
 * values must be deleted: the last batch may exist only in Redis and may never be read again.
 */
export function isOfSameLogs(
  state: ProjectionState,
  databaseId: string,
  offsets: readonly StoredOffset[],
): boolean {
  return (
    state.databaseId === databaseId &&
    offsets.every(({ partition, log_epoch }) => {
      return (state.markers.get(partition)?.epoch ?? Infinity) >= log_epoch;
    })
  );
}
