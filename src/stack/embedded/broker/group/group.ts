import { randomUUID } from 'node:crypto';
import { errorCodes, type ErrorCode } from '../codec/errorCodes.js';
import type { Clock } from './clock.js';
import {
  commonProtocols,
  electProtocol,
  metadataFor,
  NO_ASSIGNMENT,
  refusedJoin,
  refusedSync,
  sameProtocols,
  type JoinRequest,
  type JoinResult,
  type Member,
  type Membership,
  type Protocol,
  type SyncResult,
} from './member.js';

export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable';

/** The part of a group that outlives a restart. */
export interface GroupSnapshot {
  readonly generation: number;
  readonly protocolType: string;
  readonly protocol: string;
  readonly leader: string;
  readonly members: readonly Omit<Member, 'answerJoin' | 'answerSync' | 'cancelExpiry'>[];
}

export interface GroupOptions {
  readonly clock: Clock;
  /** How long a group's first rebalance waits for more members, ms. */
  readonly initialRebalanceDelayMs: number;
  /** Called when the generation, its assignments or its members have changed. */
  readonly changed: () => void;
}

/**
 * The membership of one classic consumer group, as a state machine:
 *
 *   Empty -> PreparingRebalance (waiting for all to join) -> CompletingRebalance (waiting for the
 *   leader's assignments) -> Stable, and back to PreparingRebalance with every change of members.
 *
 * It touches neither sockets nor disk, and its time comes from a clock. Answers that have to wait
 * are callbacks.
 */
export class Group {
  readonly #options: GroupOptions;
  readonly #members = new Map<string, Member>();
  /** Ids that were given out but have not joined yet, with what cancels their expiry. */
  readonly #pending = new Map<string, () => void>();
  #state: GroupState = 'Empty';
  #generation = 0;
  #protocolType = '';
  #protocol = '';
  #leader = '';
  #cancelRebalance: () => void = () => undefined;
  /** While a group's first members gather, a join does not end the wait. */
  #gathering = false;

  constructor(options: GroupOptions, snapshot?: GroupSnapshot) {
    this.#options = options;
    if (snapshot !== undefined) {
      this.#restore(snapshot);
    }
  }

  #restore(snapshot: GroupSnapshot): void {
    this.#generation = snapshot.generation;
    this.#protocolType = snapshot.protocolType;
    this.#protocol = snapshot.protocol;
    this.#leader = snapshot.leader;
    this.#state = snapshot.members.length > 0 ? 'Stable' : 'Empty';
    for (const stored of snapshot.members) {
      const member: Member = { ...stored, ...idle() };
      this.#members.set(member.id, member);
      this.#touch(member);
    }
  }

  snapshot(): GroupSnapshot {
    return {
      generation: this.#generation,
      protocolType: this.#protocolType,
      protocol: this.#protocol,
      leader: this.#leader,
      members: this.members.map((member) => ({
        id: member.id,
        instanceId: member.instanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        sessionTimeoutMs: member.sessionTimeoutMs,
        rebalanceTimeoutMs: member.rebalanceTimeoutMs,
        protocols: member.protocols,
        assignment: member.assignment,
      })),
    };
  }

  get state(): GroupState {
    return this.#state;
  }

  get generation(): number {
    return this.#generation;
  }

  get protocolType(): string {
    return this.#protocolType;
  }

  /** The protocol in force; empty while there is none. */
  get protocol(): string {
    return this.#protocol;
  }

  get members(): readonly Member[] {
    return [...this.#members.values()];
  }

  /** Whether nobody is in it or about to be. */
  get isVacant(): boolean {
    return this.#members.size === 0 && this.#pending.size === 0;
  }

  join(request: JoinRequest, answer: (result: JoinResult) => void): void {
    const { memberId, instanceId } = request;
    if (!this.#accepts(request)) {
      answer(refusedJoin(errorCodes.INCONSISTENT_GROUP_PROTOCOL, memberId));
    } else if (memberId === '') {
      this.#joinNew(request, answer);
    } else if (this.#pending.has(memberId)) {
      this.#admit(memberId, request, answer);
    } else {
      const error = this.#identityError({ memberId, instanceId });
      const member = this.#members.get(memberId);
      if (member === undefined || error !== errorCodes.NONE) {
        answer(refusedJoin(error, memberId));
      } else {
        this.#rejoin(member, request, answer);
      }
    }
  }

  /** Whether the protocols suit those who are there already. */
  #accepts(request: JoinRequest): boolean {
    if (request.protocolType === '' || request.protocols.length === 0) {
      return false;
    }
    const others = this.members.filter((member) => member.id !== request.memberId);
    if (others.length === 0) {
      return true;
    }
    const common = commonProtocols(others);
    return (
      request.protocolType === this.#protocolType &&
      request.protocols.some((protocol) => common.has(protocol.name))
    );
  }

  #joinNew(request: JoinRequest, answer: (result: JoinResult) => void): void {
    const id = `${request.instanceId ?? request.clientId}-${randomUUID()}`;
    const former = this.#staticMember(request.instanceId);
    if (former !== undefined) {
      this.#replaceStatic(former, id, request, answer);
    } else if (request.requireKnownMemberId && request.instanceId === null) {
      const expire = () => {
        this.#pending.delete(id);
        this.#tryComplete();
      };
      this.#pending.set(id, this.#options.clock.after(request.sessionTimeoutMs, expire));
      answer(refusedJoin(errorCodes.MEMBER_ID_REQUIRED, id));
    } else {
      this.#admit(id, request, answer);
    }
  }

  #staticMember(instanceId: string | null): Member | undefined {
    return instanceId === null
      ? undefined
      : this.members.find((member) => member.instanceId === instanceId);
  }

  #admit(id: string, request: JoinRequest, answer: (result: JoinResult) => void): void {
    this.#forgetPending(id);
    this.#protocolType = request.protocolType;
    const member = newMember(id, request);
    this.#members.set(id, member);
    member.answerJoin = answer;
    this.#touch(member);
    this.#rebalance();
  }

  #forgetPending(id: string): boolean {
    this.#pending.get(id)?.();
    return this.#pending.delete(id);
  }

  /** A member that is known joins again: after a rebalance, or because an answer was lost. */
  #rejoin(member: Member, request: JoinRequest, answer: (result: JoinResult) => void): void {
    const changed = !sameProtocols(member.protocols, request.protocols);
    this.#update(member, request);
    const settled =
      !changed &&
      (this.#state === 'CompletingRebalance' ||
        (this.#state === 'Stable' && member.id !== this.#leader));
    if (settled) {
      answer(this.#joined(member));
      return;
    }
    member.answerJoin?.(refusedJoin(errorCodes.UNKNOWN_MEMBER_ID, member.id));
    member.answerJoin = answer;
    this.#rebalance();
  }

  #update(member: Member, request: JoinRequest): void {
    member.protocols = copied(request.protocols);
    member.sessionTimeoutMs = request.sessionTimeoutMs;
    member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
    member.clientId = request.clientId;
    member.clientHost = request.clientHost;
    this.#touch(member);
  }

  /** A static member came back under a new id: it takes its predecessor's place and assignment. */
  #replaceStatic(
    former: Member,
    id: string,
    request: JoinRequest,
    answer: (result: JoinResult) => void,
  ): void {
    former.answerJoin?.(refusedJoin(errorCodes.FENCED_INSTANCE_ID, former.id));
    former.answerSync?.(refusedSync(errorCodes.FENCED_INSTANCE_ID));
    former.cancelExpiry();
    this.#members.delete(former.id);
    const member = { ...newMember(id, request), assignment: former.assignment };
    this.#members.set(id, member);
    this.#touch(member);
    const formerLeader = this.#leader;
    if (formerLeader === former.id) {
      this.#leader = id;
    }
    const unchanged = sameProtocols(former.protocols, request.protocols);
    if (this.#state === 'Stable' && unchanged) {
      // No rebalance. It is told of the leader by the old id, so that it never assigns anything.
      answer({ ...this.#joined(member), leader: formerLeader, members: [] });
      this.#options.changed();
    } else {
      member.answerJoin = answer;
      this.#rebalance();
    }
  }

  /** Begins a rebalance, or goes on with the one that is under way. */
  #rebalance(): void {
    if (this.#state === 'PreparingRebalance') {
      this.#tryComplete();
      return;
    }
    if (this.#state === 'CompletingRebalance') {
      this.#answerSyncs(() => refusedSync(errorCodes.REBALANCE_IN_PROGRESS));
    }
    const first = this.#state === 'Empty';
    this.#state = 'PreparingRebalance';
    this.#cancelRebalance();
    const { clock, initialRebalanceDelayMs } = this.#options;
    this.#gathering = first && initialRebalanceDelayMs > 0;
    const patience = this.#gathering ? initialRebalanceDelayMs : this.#longestRebalance();
    this.#cancelRebalance = clock.after(patience, () => this.#complete());
    this.#tryComplete();
  }

  #longestRebalance(): number {
    return Math.max(0, ...this.members.map((member) => member.rebalanceTimeoutMs));
  }

  #tryComplete(): void {
    const allJoined = this.members.every((member) => member.answerJoin !== undefined);
    if (
      this.#state === 'PreparingRebalance' &&
      !this.#gathering &&
      allJoined &&
      this.#pending.size === 0
    ) {
      this.#complete();
    }
  }

  /** Ends the wait for joins: who has not come is out, and a new generation begins. */
  #complete(): void {
    this.#cancelRebalance();
    this.#gathering = false;
    for (const member of this.members) {
      if (member.answerJoin === undefined && member.instanceId === null) {
        this.#drop(member);
      }
    }
    this.#generation += 1;
    if (this.#members.size === 0) {
      this.#becomeEmpty();
      return;
    }
    this.#protocol = electProtocol(this.members);
    if (this.#members.get(this.#leader)?.answerJoin === undefined) {
      const joined = this.members.find((member) => member.answerJoin !== undefined);
      this.#leader = (joined ?? this.members[0])?.id ?? '';
    }
    this.#state = 'CompletingRebalance';
    for (const member of this.members) {
      const answer = member.answerJoin;
      member.answerJoin = undefined;
      this.#touch(member);
      answer?.(this.#joined(member));
    }
    // A leader that never assigns would hold everybody up: then those who wait begin anew.
    const { clock } = this.#options;
    this.#cancelRebalance = clock.after(this.#longestRebalance(), () => this.#expireSync());
  }

  #expireSync(): void {
    for (const member of this.members.filter((each) => each.answerSync === undefined)) {
      this.#drop(member);
    }
    this.#afterDeparture();
  }

  #becomeEmpty(): void {
    this.#cancelRebalance();
    this.#state = 'Empty';
    this.#protocol = '';
    this.#leader = '';
    this.#options.changed();
  }

  #joined(member: Member): JoinResult {
    const members =
      member.id === this.#leader
        ? this.members.map((each) => ({
            memberId: each.id,
            instanceId: each.instanceId,
            metadata: metadataFor(each, this.#protocol),
          }))
        : [];
    return {
      error: errorCodes.NONE,
      generation: this.#generation,
      protocol: this.#protocol,
      leader: this.#leader,
      memberId: member.id,
      members,
    };
  }

  /** @param assignments by member id; only the leader's count */
  sync(
    membership: Membership,
    assignments: ReadonlyMap<string, Buffer>,
    answer: (result: SyncResult) => void,
  ): void {
    const error = this.#membershipError(membership);
    const member = this.#members.get(membership.memberId);
    if (error !== errorCodes.NONE || member === undefined) {
      answer(refusedSync(error));
    } else if (this.#state === 'PreparingRebalance') {
      answer(refusedSync(errorCodes.REBALANCE_IN_PROGRESS));
    } else if (this.#state === 'Stable') {
      this.#touch(member);
      answer({ error: errorCodes.NONE, assignment: member.assignment });
    } else {
      member.answerSync = answer;
      this.#touch(member);
      if (member.id === this.#leader) {
        this.#settle(assignments);
      }
    }
  }

  #settle(assignments: ReadonlyMap<string, Buffer>): void {
    this.#cancelRebalance();
    for (const member of this.members) {
      // A copy: the view would keep the whole request alive.
      member.assignment = Buffer.from(assignments.get(member.id) ?? NO_ASSIGNMENT);
    }
    this.#state = 'Stable';
    this.#options.changed();
    this.#answerSyncs((member) => ({ error: errorCodes.NONE, assignment: member.assignment }));
  }

  #answerSyncs(result: (member: Member) => SyncResult): void {
    for (const member of this.members) {
      const answer = member.answerSync;
      member.answerSync = undefined;
      if (answer !== undefined) {
        this.#touch(member);
        answer(result(member));
      }
    }
  }

  heartbeat(membership: Membership): ErrorCode {
    const error = this.#membershipError(membership);
    const member = this.#members.get(membership.memberId);
    if (error !== errorCodes.NONE || member === undefined) {
      return error;
    }
    this.#touch(member);
    return this.#state === 'PreparingRebalance'
      ? errorCodes.REBALANCE_IN_PROGRESS
      : errorCodes.NONE;
  }

  /** Takes a member out. A static one may be named by its instance alone. */
  leave(leaving: { readonly memberId: string; readonly instanceId: string | null }): ErrorCode {
    if (this.#forgetPending(leaving.memberId)) {
      this.#tryComplete();
      return errorCodes.NONE;
    }
    const named =
      leaving.memberId === '' ? this.#staticMember(leaving.instanceId)?.id : leaving.memberId;
    const memberId = named ?? leaving.memberId;
    const error = this.#identityError({ memberId, instanceId: leaving.instanceId });
    const member = this.#members.get(memberId);
    if (error !== errorCodes.NONE || member === undefined) {
      return error;
    }
    this.#drop(member);
    this.#afterDeparture();
    return errorCodes.NONE;
  }

  /** Whether offsets may be committed by who says to be this; a generation of -1 is a client alone. */
  commitError(membership: Membership): ErrorCode {
    if (membership.generation < 0 && membership.memberId === '' && this.#members.size === 0) {
      return errorCodes.NONE;
    }
    const error = this.#membershipError(membership);
    if (error === errorCodes.NONE && this.#state === 'CompletingRebalance') {
      return errorCodes.REBALANCE_IN_PROGRESS;
    }
    const member = this.#members.get(membership.memberId);
    if (error === errorCodes.NONE && member !== undefined) {
      this.#touch(member);
    }
    return error;
  }

  #membershipError(membership: Membership): ErrorCode {
    const error = this.#identityError(membership);
    return error === errorCodes.NONE && membership.generation !== this.#generation
      ? errorCodes.ILLEGAL_GENERATION
      : error;
  }

  #identityError(who: {
    readonly memberId: string;
    readonly instanceId: string | null;
  }): ErrorCode {
    const owner = this.#staticMember(who.instanceId);
    if (owner !== undefined && owner.id !== who.memberId) {
      return errorCodes.FENCED_INSTANCE_ID;
    }
    const isKnown = this.#members.has(who.memberId);
    return isKnown && (who.instanceId === null || owner !== undefined)
      ? errorCodes.NONE
      : errorCodes.UNKNOWN_MEMBER_ID;
  }

  /** Starts a member's session anew. */
  #touch(member: Member): void {
    member.cancelExpiry();
    member.cancelExpiry = this.#options.clock.after(member.sessionTimeoutMs, () => {
      // Who waits for an answer of ours cannot heartbeat, and is alive as long as we keep it.
      if (member.answerJoin !== undefined || member.answerSync !== undefined) {
        this.#touch(member);
      } else {
        this.#drop(member);
        this.#afterDeparture();
      }
    });
  }

  #drop(member: Member): void {
    member.cancelExpiry();
    this.#members.delete(member.id);
    member.answerJoin?.(refusedJoin(errorCodes.UNKNOWN_MEMBER_ID, member.id));
    member.answerSync?.(refusedSync(errorCodes.UNKNOWN_MEMBER_ID));
  }

  /** Those who stay share out anew what the departed had. */
  #afterDeparture(): void {
    if (this.#state === 'PreparingRebalance') {
      this.#tryComplete();
    } else if (this.#state !== 'Empty') {
      this.#rebalance();
    }
  }

  /** Cancels its timers. */
  close(): void {
    this.#cancelRebalance();
    for (const cancel of this.#pending.values()) {
      cancel();
    }
    for (const member of this.members) {
      member.cancelExpiry();
    }
  }
}

function idle(): Pick<Member, 'answerJoin' | 'answerSync' | 'cancelExpiry'> {
  return { answerJoin: undefined, answerSync: undefined, cancelExpiry: () => undefined };
}

function newMember(id: string, request: JoinRequest): Member {
  const { instanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs } = request;
  return {
    id,
    instanceId,
    clientId,
    clientHost,
    sessionTimeoutMs,
    rebalanceTimeoutMs,
    protocols: copied(request.protocols),
    assignment: NO_ASSIGNMENT,
    ...idle(),
  };
}

/** The protocols with metadata of their own, not views that keep a whole request alive. */
function copied(protocols: readonly Protocol[]): Protocol[] {
  return protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) }));
}
