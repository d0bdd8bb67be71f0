import type { ErrorCode } from '../codec/errorCodes.js';

/** An assignment strategy that a member can do, and what it tells the leader for it. */
export interface Protocol {
  readonly name: string;
  readonly metadata: Buffer;
}

export interface JoinRequest {
  /** Empty for a member that has no id yet. */
  readonly memberId: string;
  /** Set for a static member (KIP-345). */
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocolType: string;
  /** In order of preference. */
  readonly protocols: readonly Protocol[];
  /** Whether a new dynamic member must come back with the id that it is given (KIP-394). */
  readonly requireKnownMemberId: boolean;
}

export interface JoinResult {
  readonly error: ErrorCode;
  readonly generation: number;
  readonly protocol: string;
  readonly leader: string;
  readonly memberId: string;
  /** For the leader alone: everybody, to be given their assignments. */
  readonly members: readonly {
    readonly memberId: string;
    readonly instanceId: string | null;
    readonly metadata: Buffer;
  }[];
}

export interface SyncResult {
  readonly error: ErrorCode;
  readonly assignment: Buffer;
}

/** What a member says of itself with each request after it has joined. */
export interface Membership {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly generation: number;
}

/** A member of a group; the part of it that outlives a broker's restart comes first. */
export interface Member {
  readonly id: string;
  readonly instanceId: string | null;
  clientId: string;
  clientHost: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  protocols: readonly Protocol[];
  assignment: Buffer;
  /** Set while it waits for its JoinGroup's answer. */
  answerJoin: ((result: JoinResult) => void) | undefined;
  /** Set while it waits for its SyncGroup's answer. */
  answerSync: ((result: SyncResult) => void) | undefined;
  /** Cancels the timer that runs out when it is silent for its session timeout. */
  cancelExpiry: () => void;
}

export const NO_ASSIGNMENT = Buffer.alloc(0);

export function refusedJoin(error: ErrorCode, memberId = ''): JoinResult {
  return { error, generation: -1, protocol: '', leader: '', memberId, members: [] };
}

export function refusedSync(error: ErrorCode): SyncResult {
  return { error, assignment: NO_ASSIGNMENT };
}

/** Whether a member can do the same with the same metadata as before. */
export function sameProtocols(a: readonly Protocol[], b: readonly Protocol[]): boolean {
  return (
    a.length === b.length &&
    a.every((each, index) => {
      const other = b[index];
      return other?.name === each.name && other.metadata.equals(each.metadata);
    })
  );
}

/** Its metadata for a protocol; empty where it does not have it. */
export function metadataFor(member: Member, protocol: string): Buffer {
  return member.protocols.find((each) => each.name === protocol)?.metadata ?? NO_ASSIGNMENT;
}

/** The names of the protocols that all of the members can do. */
export function commonProtocols(members: Iterable<Member>): Set<string> {
  let common: Set<string> | undefined;
  for (const member of members) {
    const names = member.protocols.map((each) => each.name);
    const before: Set<string> = common ?? new Set(names);
    common = new Set(names.filter((name) => before.has(name)));
  }
  return common ?? new Set();
}

/** Each member votes for the first of its protocols that all can do; the most votes win. */
export function electProtocol(members: readonly Member[]): string {
  const common = commonProtocols(members);
  const votes = new Map<string, number>();
  for (const member of members) {
    const choice = member.protocols.find((each) => common.has(each.name))?.name;
    if (choice !== undefined) {
      votes.set(choice, (votes.get(choice) ?? 0) + 1);
    }
  }
  const [winner] = [...votes].sort((a, b) => b[1] - a[1]);
  return winner?.[0] ?? '';
}
