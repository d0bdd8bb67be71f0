import { randomUUID } from 'node:crypto';

import { errorCodes, type ErrorCode } from '../codec/errorCodes.js';
import type { Clock } from './clock.js';
import {
  electProtocol,
  idle,
  metadataFor,
  newMember,
  noAssignment,
  refusedJoin,
  refusedSync,
  sameProtocols,
  supportsProtocols,
  updateMember,
  type Identity,
  type JoinRequest,
  type JoinResult,
  type Member,
  type Membership,
  type SyncResult,
} from './member.js';
import type { GroupSnapshot } from './records.js';
import { Roster } from './roster.js';

export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable';

export interface GroupOptions {
  readonly clock: Clock;
  /** How long a group's first rebalance waits for more members, ms. */
  readonly initialRebalanceDelayMs: number;
  /** Called when a generation becomes Stable or Empty, or when a static member is replaced. */
  readonly changed: () => void;
}

/**
 * The membership of one classic consumer group, as a state machine:
 *
 *   Empty -> PreparingRebalance (waiting for all members to join) -> CompletingRebalance (waiting
 *   for the leader's assignments) -> Stable, and back to PreparingRebalance on every change of
 *   members.
 *
 * It uses neither sockets nor the disk, and gets the time from a clock. Answers that have to wait
 * are callbacks.
 */
export class Group {
  readonly #options: GroupOptions;
  readonly #roster: Roster;
  #state: GroupState = 'Empty';
  #generation = 0;
  #protocolType = '';
  #protocol = '';
  #leader = '';
  /** Cancels the timeout of the wait for joins, or for the leader's assignments. */
  #cancelDeadline: () => void = () => undefined;
  /** During the initial rebalance delay, a join does not end the wait. */
  #gathering = false;

  constructor(options: GroupOptions, snapshot?: GroupSnapshot) {
    this.#options = options;
    this.#roster = new Roster(options.clock, {
      memberExpired: () => this.#afterDeparture(),
      pendingExpired: () => this.#tryComplete(),
    });
    if (snapshot !== undefined) this.#restore(snapshot);
  }

  /** Restores the snapshot and starts a new session for every member. */
  #restore(snapshot: GroupSnapshot): void {
    this.#generation = snapshot.generation;
    this.#protocolType = snapshot.protocolType;
    this.#protocol = snapshot.protocol;
    this.#leader = snapshot.leader;
    this.#state = snapshot.members.length > 0 ? 'Stable' : 'Empty';
    for (const stored of snapshot.members) this.#roster.add({ ...stored, ...idle() });
  }

  snapshot(): GroupSnapshot {
    return {
      generation: this.#generation,
      protocolType: this.#protocolType,
      protocol: this.#protocol,
      leader: this.#leader,
      members: this.#roster.snapshot(),
    };
  }

  get state(): GroupState {
    return this.#state;
  }

  get protocolType(): string {
    return this.#protocolType;
  }

  /** The selected protocol; empty while there is none. */
  get protocol(): string {
    return this.#protocol;
  }

  get members(): readonly Member[] {
    return this.#roster.all;
  }

  /** Whether it has neither members nor pending member ids. */
  get isVacant(): boolean {
    return this.#roster.size === 0 && this.#roster.pendingCount === 0;
  }

  join(request: JoinRequest, answer: (result: JoinResult) => void): void {
    const { memberId } = request;
    const others = this.members.filter((member) => member.id !== memberId);
    if (!supportsProtocols(request, others, this.#protocolType)) {
      answer(refusedJoin(errorCodes.INCONSISTENT_GROUP_PROTOCOL, memberId));
    } else if (memberId === '') {
      this.#joinNew(request, answer);
    } else if (this.#roster.takePending(memberId)) {
      this.#admit(memberId, request, answer);
    } else {
      const member = this.#roster.find(request);
      if (typeof member === 'number') {
        answer(refusedJoin(member, memberId));
      } else {
        this.#rejoin(member, request, answer);
      }
    }
  }

  #joinNew(request: JoinRequest, answer: (result: JoinResult) => void): void {
    const id = `${request.instanceId ?? request.clientId}-${randomUUID()}`;
    const former = this.#roster.byInstance(request.instanceId);
    if (former !== undefined) {
      this.#replaceStatic(former, id, request, answer);
    } else if (request.requireKnownMemberId && request.instanceId === null) {
      this.#roster.addPending(id, request.sessionTimeoutMs);
      answer(refusedJoin(errorCodes.MEMBER_ID_REQUIRED, id));
    } else {
      this.#admit(id, request, answer);
    }
  }

  #admit(id: string, request: JoinRequest, answer: (result: JoinResult) => void): void {
    this.#protocolType = request.protocolType;
    this.#roster.add({ ...newMember(id, request), answerJoin: answer });
    this.#rebalance();
  }

  /** A known member joins again: during a rebalance, or because an answer was lost. */
  #rejoin(member: Member, request: JoinRequest, answer: (result: JoinResult) => void): void {
    const changed = !sameProtocols(member.protocols, request.protocols);
    updateMember(member, request);
    this.#roster.touch(member);
    const alreadyJoined =
      this.#state === 'CompletingRebalance' ||
      (this.#state === 'Stable' && member.id !== this.#leader);
    if (alreadyJoined && !changed) {
      answer(this.#joined(member));
      return;
    }
    member.answerJoin?.(refusedJoin(errorCodes.UNKNOWN_MEMBER_ID, member.id));
    member.answerJoin = answer;
    this.#rebalance();
  }

  /** A static member rejoins under a new id and takes the place and assignment of the old one. */
  #replaceStatic(
    former: Member,
    id: string,
    request: JoinRequest,
    answer: (result: JoinResult) => void,
  ): void {
    this.#roster.remove(former, errorCodes.FENCED_INSTANCE_ID);
    const member = newMember(id, request, former.assignment);
    this.#roster.add(member);
    const formerLeader = this.#leader;
    if (formerLeader === former.id) this.#leader = id;
    if (this.#state === 'Stable' && sameProtocols(former.protocols, request.protocols)) {
      // No rebalance. The answer names the leader by its old id, so that this member never assigns.
      answer({ ...this.#joined(member), leader: formerLeader, members: [] });
      this.#options.changed();
    } else {
      member.answerJoin = answer;
      this.#rebalance();
    }
  }

  /** Starts a rebalance, or continues the current one. */
  #rebalance(): void {
    if (this.#state === 'CompletingRebalance') {
      this.#answerSyncs(() => refusedSync(errorCodes.REBALANCE_IN_PROGRESS));
    }
    if (this.#state !== 'PreparingRebalance') {
      const { initialRebalanceDelayMs } = this.#options;
      this.#gathering = this.#state === 'Empty' && initialRebalanceDelayMs > 0;
      this.#state = 'PreparingRebalance';
      const timeoutMs = this.#gathering ? initialRebalanceDelayMs : this.#longestRebalanceMs();
      this.#setDeadline(timeoutMs, () => this.#complete());
    }
    this.#tryComplete();
  }

  #setDeadline(ms: number, task: () => void): void {
    this.#cancelDeadline();
    this.#cancelDeadline = this.#options.clock.after(ms, task);
  }

  #longestRebalanceMs(): number {
    return Math.max(0, ...this.members.map((member) => member.rebalanceTimeoutMs));
  }

  #tryComplete(): void {
    const allJoined = this.members.every((member) => member.answerJoin !== undefined);
    const waiting = this.#gathering || this.#roster.pendingCount > 0;
    if (this.#state === 'PreparingRebalance' && allJoined && !waiting) this.#complete();
  }

  /** Ends the wait for joins: removes members that have not joined and starts a new generation. */
  #complete(): void {
    this.#cancelDeadline();
    this.#gathering = false;
    for (const member of this.members) {
      if (member.answerJoin === undefined && member.instanceId === null) {
        this.#roster.remove(member);
      }
    }
    this.#generation += 1;
    if (this.#roster.size === 0) {
      this.#state = 'Empty';
      this.#protocol = '';
      this.#leader = '';
      this.#options.changed();
      return;
    }
    this.#protocol = electProtocol(this.members);
    this.#leader = this.#electLeader();
    this.#state = 'CompletingRebalance';
    // A leader that never assigns would block the group: the others then rebalance without it.
    this.#setDeadline(this.#longestRebalanceMs(), () => this.#expireSync());
    for (const member of this.members) {
      const answer = member.answerJoin;
      member.answerJoin = undefined;
      this.#roster.touch(member);
      answer?.(this.#joined(member));
    }
  }

  /** Keeps the leader if it has joined, or else elects a member that has. */
  #electLeader(): string {
    const joined = this.members.filter((member) => member.answerJoin !== undefined);
    const leaderJoined = joined.some((member) => member.id === this.#leader);
    return leaderJoined ? this.#leader : ((joined[0] ?? this.members[0])?.id ?? '');
  }

  #expireSync(): void {
    for (const member of this.members.filter((each) => each.answerSync === undefined)) {
      this.#roster.remove(member);
    }
    this.#afterDeparture();
  }

  #joined(member: Member): JoinResult {
    const allMembers = this.members.map((each) => ({
      memberId: each.id,
      instanceId: each.instanceId,
      metadata: metadataFor(each, this.#protocol),
    }));
    return {
      error: errorCodes.NONE,
      generation: this.#generation,
      protocol: this.#protocol,
      leader: this.#leader,
      memberId: member.id,
      members: member.id === this.#leader ? allMembers : [],
    };
  }

  /** @param assignments by member id; used only if the leader sends them */
  sync(
    membership: Membership,
    assignments: ReadonlyMap<string, Buffer>,
    answer: (result: SyncResult) => void,
  ): void {
    const member = this.#current(membership);
    if (typeof member === 'number') {
      answer(refusedSync(member));
      return;
    }
    this.#roster.touch(member);
    if (this.#state === 'CompletingRebalance') {
      member.answerSync?.(refusedSync(errorCodes.REBALANCE_IN_PROGRESS));
      member.answerSync = answer;
      if (member.id === this.#leader) this.#stabilize(assignments);
    } else if (this.#state === 'Stable') {
      answer({ error: errorCodes.NONE, assignment: member.assignment });
    } else {
      answer(refusedSync(errorCodes.REBALANCE_IN_PROGRESS));
    }
  }

  #stabilize(assignments: ReadonlyMap<string, Buffer>): void {
    this.#cancelDeadline();
    for (const member of this.members) {
      // A copy, since a view would keep the whole request in memory.
      member.assignment = Buffer.from(assignments.get(member.id) ?? noAssignment);
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
        this.#roster.touch(member);
        answer(result(member));
      }
    }
  }

  heartbeat(membership: Membership): ErrorCode {
    const member = this.#current(membership);
    if (typeof member === 'number') return member;
    this.#roster.touch(member);
    const preparing = this.#state === 'PreparingRebalance';
    return preparing ? errorCodes.REBALANCE_IN_PROGRESS : errorCodes.NONE;
  }

  /** Removes a member. A static member can be identified by its instance id alone. */
  leave({ memberId, instanceId }: Identity): ErrorCode {
    if (this.#roster.takePending(memberId)) {
      this.#tryComplete();
      return errorCodes.NONE;
    }
    const id = memberId === '' ? this.#roster.byInstance(instanceId)?.id : memberId;
    const member = this.#roster.find({ memberId: id ?? memberId, instanceId });
    if (typeof member === 'number') return member;
    this.#roster.remove(member);
    this.#afterDeparture();
    return errorCodes.NONE;
  }

  /**
   * Whether the client with this membership may commit offsets. A generation of -1 is a standalone
   * consumer, which may commit only while the group has no members.
   */
  commitError(membership: Membership): ErrorCode {
    const { generation, memberId } = membership;
    if (generation < 0 && memberId === '' && this.#roster.size === 0) return errorCodes.NONE;
    const member = this.#current(membership);
    if (typeof member === 'number') return member;
    this.#roster.touch(member);
    const completing = this.#state === 'CompletingRebalance';
    return completing ? errorCodes.REBALANCE_IN_PROGRESS : errorCodes.NONE;
  }

  /** The member of the current generation with this membership, or the error. */
  #current(membership: Membership): Member | ErrorCode {
    const member = this.#roster.find(membership);
    return typeof member !== 'number' && membership.generation !== this.#generation
      ? errorCodes.ILLEGAL_GENERATION
      : member;
  }

  /** Starts a rebalance among the remaining members. */
  #afterDeparture(): void {
    if (this.#state !== 'Empty') this.#rebalance();
  }

  /** Cancels all timers. */
  close(): void {
    this.#cancelDeadline();
    this.#roster.close();
  }
}
