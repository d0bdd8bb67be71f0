import type { ErrorCode } from '../codec/errorCodes.js';

/** An assignment strategy that a member can do, and what it tells the leader for it. */
export interface Protocol {
  readonly name: string;
  readonly metadata: Buffer;
}

/** The member id is empty for one that has none yet. */
export interface JoinRequest extends Identity {
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

/** Who a client says to be; only a static member (KIP-345) has an instance id. */
export interface Identity {
  readonly memberId: string;
  readonly instanceId: string | null;
}

/** What a member says of itself with each request after it has joined. */
export interface Membership extends Identity {
  readonly generation: number;
}

/** The part of a member that outlives a broker's restart. */
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
  /** Set while it waits for its JoinGroup's answer. */
  answerJoin: ((result: JoinResult) => void) | undefined;
  /** Set while it waits for its SyncGroup's answer. */
  answerSync: ((result: SyncResult) => void) | undefined;
  /** Cancels the timer that runs out when it is silent for its session timeout. */
  cancelExpiry: () => void;
}

export const noAssignment: Buffer = Buffer.alloc(0);

export function refusedJoin(error: ErrorCode, memberId = ''): JoinResult {
  return { error, generation: -1, protocol: '', leader: '', memberId, members: [] };
}

export function refusedSync(error: ErrorCode): SyncResult {
  return { error, assignment: noAssignment };
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
  return member.protocols.find((each) => each.name === protocol)?.metadata ?? noAssignment;
}

/** The names of the protocols that all of the members can do. */
function commonProtocols(members: Iterable<Member>): Set<string> {
  let common: Set<string> | undefined;
  for (const member of members) {
    const names = member.protocols.map((each) => each.name);
    const before: Set<string> = common ?? new Set(names);
    common = new Set(names.filter((name) => before.has(name)));
  }
  return common ?? new Set();
}

/** Whether who wants to join can do something that all `others`, of `protocolType`, can do too. */
export function suits(
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

/** Each member votes for the first of its protocols that all can do; the most votes win. */
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

/** Takes over what a member says when it joins again. */
export function updateMember(member: Member, request: JoinRequest): void {
  member.clientId = request.clientId;
  member.clientHost = request.clientHost;
  member.sessionTimeoutMs = request.sessionTimeoutMs;
  member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
  member.protocols = copied(request.protocols);
}

/** The state of a member that waits for nothing. */
export function idle(): Pick<Member, 'answerJoin' | 'answerSync' | 'cancelExpiry'> {
  return { answerJoin: undefined, answerSync: undefined, cancelExpiry: () => undefined };
}

/** The protocols with metadata of their own, not views that keep a whole request alive. */
function copied(protocols: readonly Protocol[]): Protocol[] {
  return protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) }));
}
