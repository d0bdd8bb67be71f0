import type { RedisStore } from '../../stores/redis/client.js';
import { projectionKey } from '../contract/redisKeys.js';
import type { StoredOffset } from './offsets.js';

/** How far a projection shows a partition; in Redis `epoch:next_offset`. */
interface Marker {
  readonly epoch: number;
  readonly nextOffset: number;
}

/** What the hash of a group's projection says: see sql/redis/project.lua, which writes it. */
export interface ProjectionState {
  /** The database that it shows; undefined if it is not known. */
  readonly databaseId: string | undefined;
  /** Whether a rebuild has begun and not ended. */
  readonly isRebuilding: boolean;
  /** By partition; one without a marker has had no batch yet. */
  readonly markers: ReadonlyMap<number, Marker>;
}

/**
 * Reads what a group's projection in Redis shows. To be compared with PostgreSQL, whose offsets must
 * be read first: a batch moves its marker before its COMMIT.
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

/** The offset up to which a projection shows a partition, exclusive; 0 if it shows nothing of it. */
export function shownOffset({ markers }: ProjectionState, partition: number): number {
  return markers.get(partition)?.nextOffset ?? 0;
}

/**
 * Whether a projection holds everything that PostgreSQL has committed: it shows this database, no
 * partition's marker is behind, and no rebuild is unfinished.
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
 * Whether a projection shows this database and these logs, however far. If not, its values must not
 * stay: its last batch may be in Redis alone, and never be read again.
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
