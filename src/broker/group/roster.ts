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
  /** A member's session has run out, and it has been taken out. */
  readonly memberExpired: () => void;
  /** An id that was given out was not used in time. */
  readonly pendingExpired: () => void;
}

/**
 * Who is in a group, and whose session is running: a member that is silent for its session timeout
 * is taken out. Ids that were given out but have not joined yet (KIP-394) are here too.
 */
export class Roster {
  readonly #clock: Clock;
  readonly #events: RosterEvents;
  readonly #members = new Map<string, Member>();
  /** Pending ids, with what cancels their expiry. */
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

  /** The members without what they wait for. */
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

  /** Takes a member in and starts its session. */
  add(member: Member): void {
    this.#members.set(member.id, member);
    this.touch(member);
  }

  /** Takes a member out; what it waits for is answered with `error`. */
  remove(member: Member, error: ErrorCode = errorCodes.UNKNOWN_MEMBER_ID): void {
    member.cancelExpiry();
    this.#members.delete(member.id);
    member.answerJoin?.(refusedJoin(error, member.id));
    member.answerSync?.(refusedSync(error));
  }

  /** Starts a member's session anew. */
  touch(member: Member): void {
    member.cancelExpiry();
    member.cancelExpiry = this.#clock.after(member.sessionTimeoutMs, () => {
      // Who waits for an answer of ours cannot heartbeat, and is alive as long as we keep it.
      if (member.answerJoin !== undefined || member.answerSync !== undefined) {
        this.touch(member);
      } else {
        this.remove(member);
        this.#events.memberExpired();
      }
    });
  }

  /** The member that somebody says to be, or the error: a static one may have been replaced. */
  find({ memberId, instanceId }: Identity): Member | ErrorCode {
    const owner = this.byInstance(instanceId);
    if (owner !== undefined && owner.id !== memberId) return errorCodes.FENCED_INSTANCE_ID;
    const member = instanceId === null ? this.#members.get(memberId) : owner;
    return member ?? errorCodes.UNKNOWN_MEMBER_ID;
  }

  /** Notes an id that was given out, to be used within `ms`. */
  expect(id: string, ms: number): void {
    const expire = () => {
      this.#pending.delete(id);
      this.#events.pendingExpired();
    };
    this.#pending.set(id, this.#clock.after(ms, expire));
  }

  /** Whether `id` was given out and has not joined; from now on it is not expected any more. */
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
