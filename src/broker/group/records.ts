import type { StoredMember } from './member.js';

/** The part of a group that survives a restart. */
export interface GroupSnapshot {
  readonly generation: number;
  readonly protocolType: string;
  readonly protocol: string;
  readonly leader: string;
  readonly members: readonly StoredMember[];
}

/** The offset that a group has committed for one partition. */
export interface Commit {
  readonly offset: number;
  /** -1 if the client sent none. */
  readonly leaderEpoch: number;
  readonly metadata: string;
}

/** One entry of the groups' journal. */
export type GroupRecord =
  | {
      readonly kind: 'group';
      readonly group: string;
      /** ms since 1970. */
      readonly at: number;
      readonly snapshot: StoredSnapshot;
    }
  | {
      readonly kind: 'offsets';
      readonly group: string;
      readonly at: number;
      readonly commits: readonly (Commit & {
        readonly topic: string;
        readonly partition: number;
      })[];
    }
  | { readonly kind: 'topic-deleted'; readonly topic: string }
  | { readonly kind: 'group-deleted'; readonly group: string };

/** A snapshot with its byte strings in base64. */
export interface StoredSnapshot extends Omit<GroupSnapshot, 'members'> {
  readonly members: readonly (Omit<StoredMember, 'protocols' | 'assignment'> & {
    readonly protocols: readonly { readonly name: string; readonly metadata: string }[];
    readonly assignment: string;
  })[];
}

export function storeSnapshot(snapshot: GroupSnapshot): StoredSnapshot {
  return {
    ...snapshot,
    members: snapshot.members.map((member) => ({
      ...member,
      protocols: member.protocols.map(({ name, metadata }) => ({
        name,
        metadata: metadata.toString('base64'),
      })),
      assignment: member.assignment.toString('base64'),
    })),
  };
}

export function loadSnapshot(stored: StoredSnapshot): GroupSnapshot {
  return {
    ...stored,
    members: stored.members.map((member) => ({
      ...member,
      protocols: member.protocols.map(({ name, metadata }) => ({
        name,
        metadata: Buffer.from(metadata, 'base64'),
      })),
      assignment: Buffer.from(member.assignment, 'base64'),
    })),
  };
}
