import type { ErrorCode } from '../codec/errorCodes.js';

/** An assignment strategy that a member supports, and its metadata for the leader. */
export interface Protocol {
  readonly name: string;
  readonly metadata: Buffer;
}

/** The member id is empty if the client has none yet. */
export interface JoinRequest extends Identity {
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocolType: string;
  /** In order of preference. */
  readonly protocols: readonly Protocol[];
  /** Whether a new dynamic member must rejoin with the member id that it is given (KIP-394). */
  readonly requireKnownMemberId: boolean;
}

export interface JoinResult {
  readonly error: ErrorCode;
  readonly generation: number;
  readonly protocol: string;
  readonly leader: string;
  readonly memberId: string;
  /** All members, for the leader to assign partitions to; empty for the others. */
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

/** The identity that a client claims; only a static member (KIP-345) has an instance id. */
export interface Identity {
  readonly memberId: string;
  readonly instanceId: string | null;
}

/** The identity that a member sends with each request after it has joined. */
export interface Membership extends Identity {
  readonly generation: number;
}

/** The part of a member that survives a restart of the broker. */
export interface StoredMember {
  readonly id: string;
  readonly instanceId: string | null;
  clientId: string;
  clientHost: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  protocols: readonly Protocol[];
  assignment: Buffer;
}

export interface Member extends StoredMember {
  /** Set while its JoinGroup request waits for an answer. */
  answerJoin: ((result: JoinResult) => void) | undefined;
  /** Set while its SyncGroup request waits for an answer. */
  answerSync: ((result: SyncResult) => void) | undefined;
  /** Cancels the timer of its session timeout. */
  cancelExpiry: () => void;
}

export const noAssignment: Buffer = Buffer.alloc(0);

export function refusedJoin(error: ErrorCode, memberId = ''): JoinResult {
  return { error, generation: -1, protocol: '', leader: '', memberId, members: [] };
}

export function refusedSync(error: ErrorCode): SyncResult {
  return { error, assignment: noAssignment };
}

/** Whether two lists have the same protocols, in the same order, with the same metadata. */
export function sameProtocols(a: readonly Protocol[], b: readonly Protocol[]): boolean {
  return (
    a.length === b.length &&
    a.every((each, index) => {
      const other = b[index];
      return other?.name === each.name && other.metadata.equals(each.metadata);
    })
  );
}

/** The member's metadata for a protocol; empty if it does not support it. */
export function metadataFor(member: Member, protocol: string): Buffer {
  return member.protocols.find((each) => each.name === protocol)?.metadata ?? noAssignment;
}

/** The names of the protocols that all members support. */
function commonProtocols(members: Iterable<Member>): Set<string> {
  let common: Set<string> | undefined;
  for (const member of members) {
    const names = member.protocols.map((each) => each.name);
    const before: Set<string> = common ?? new Set(names);
    common = new Set(names.filter((name) => before.has(name)));
  }
  return common ?? new Set();
}

/** Whether the joining member supports a protocol that all `others`, of `protocolType`, support. */
export function supportsProtocols(
  request: JoinRequest,
  others: readonly Member[],
  protocolType: string,
): boolean {
  if (request.protocolType === '' || request.protocols.length === 0) return false;
  const common = commonProtocols(others);
  return (
    others.length === 0 ||
    (request.protocolType === protocolType &&
      request.protocols.some((protocol) => common.has(protocol.name)))
  );
}

/** Each member votes for the first of its protocols that all support; the most votes win. */
export function electProtocol(members: readonly Member[]): string {
  const common = commonProtocols(members);
  const votes = new Map<string, number>();
  for (const member of members) {
    const choice = member.protocols.find((each) => common.has(each.name))?.name;
    if (choice !== undefined) votes.set(choice, (votes.get(choice) ?? 0) + 1);
  }
  const [winner] = [...votes].sort((a, b) => b[1] - a[1]);
  return winner?.[0] ?? '';
}

export function newMember(id: string, request: JoinRequest, assignment = noAssignment): Member {
  const { instanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs } = request;
  return {
    id,
    instanceId,
    clientId,
    clientHost,
    sessionTimeoutMs,
    rebalanceTimeoutMs,
    protocols: copied(request.protocols),
    assignment,
    ...idle(),
  };
}

/** Updates a member from the request with which it rejoins. */
export function updateMember(member: Member, request: JoinRequest): void {
  member.clientId = request.clientId;
  member.clientHost = request.clientHost;
  member.sessionTimeoutMs = request.sessionTimeoutMs;
  member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
  member.protocols = copied(request.protocols);
}

/** The state of a member that waits for no answer. */
export function idle(): Pick<Member, 'answerJoin' | 'answerSync' | 'cancelExpiry'> {
  return { answerJoin: undefined, answerSync: undefined, cancelExpiry: () => undefined };
}

/** Copies the metadata, since a view would keep the whole request in memory. */
function copied(protocols: readonly Protocol[]): Protocol[] {
  return protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) }));
}
