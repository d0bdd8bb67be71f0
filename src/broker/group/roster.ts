import { errorCodes, type ErrorCode } from '../codec/errorCodes.js';
import type { Clock } from './clock.js';
import {
  refusedJoin,
  refusedSync,
  type Identity,
  type Member,
  type StoredMember,
} from './member.js';

export interface RosterEvents {
  /** A member's session has expired, and the member has been removed. */
  readonly memberExpired: () => void;
  /** A pending member id was not used in time. */
  readonly pendingExpired: () => void;
}

/**
 * The members of a group and their sessions: a member that sends nothing for its session timeout
 * is removed. It also holds the member ids that were given out but have not joined yet (KIP-394).
 */
export class Roster {
  readonly #clock: Clock;
  readonly #events: RosterEvents;
  readonly #members = new Map<string, Member>();
  /** Pending member ids, each with a function that cancels its expiry. */
  readonly #pending = new Map<string, () => void>();

  constructor(clock: Clock, events: RosterEvents) {
    this.#clock = clock;
    this.#events = events;
  }

  get all(): readonly Member[] {
    return [...this.#members.values()];
  }

  get size(): number {
    return this.#members.size;
  }

  get pendingCount(): number {
    return this.#pending.size;
  }

  /** The members without their pending answers. */
  snapshot(): StoredMember[] {
    return this.all.map((member) => ({
      id: member.id,
      instanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      sessionTimeoutMs: member.sessionTimeoutMs,
      rebalanceTimeoutMs: member.rebalanceTimeoutMs,
      protocols: member.protocols,
      assignment: member.assignment,
    }));
  }

  byInstance(instanceId: string | null): Member | undefined {
    return instanceId === null
      ? undefined
      : this.all.find((member) => member.instanceId === instanceId);
  }

  /** Adds a member and starts its session. */
  add(member: Member): void {
    this.#members.set(member.id, member);
    this.touch(member);
  }

  /** Removes a member and answers its pending requests with `error`. */
  remove(member: Member, error: ErrorCode = errorCodes.UNKNOWN_MEMBER_ID): void {
    member.cancelExpiry();
    this.#members.delete(member.id);
    member.answerJoin?.(refusedJoin(error, member.id));
    member.answerSync?.(refusedSync(error));
  }

  /** Restarts a member's session timeout. */
  touch(member: Member): void {
    member.cancelExpiry();
    member.cancelExpiry = this.#clock.after(member.sessionTimeoutMs, () => {
      // A member that waits for an answer of the broker cannot heartbeat, so its session continues.
      if (member.answerJoin !== undefined || member.answerSync !== undefined) {
        this.touch(member);
      } else {
        this.remove(member);
        this.#events.memberExpired();
      }
    });
  }

  /** The member with this identity, or the error: a static member may have been replaced. */
  find({ memberId, instanceId }: Identity): Member | ErrorCode {
    const current = this.byInstance(instanceId);
    if (current !== undefined && current.id !== memberId) return errorCodes.FENCED_INSTANCE_ID;
    const member = instanceId === null ? this.#members.get(memberId) : current;
    return member ?? errorCodes.UNKNOWN_MEMBER_ID;
  }

  /** Adds a member id that was given out and must be used within `ms`. */
  addPending(id: string, ms: number): void {
    const expire = () => {
      this.#pending.delete(id);
      this.#events.pendingExpired();
    };
    this.#pending.set(id, this.#clock.after(ms, expire));
  }

  /** Removes a pending member id. @returns whether `id` was pending */
  takePending(id: string): boolean {
    this.#pending.get(id)?.();
    return this.#pending.delete(id);
  }

  /** Cancels all timers. */
  close(): void {
    for (const cancel of this.#pending.values()) cancel();
    for (const member of this.all) member.cancelExpiry();
  }
}
