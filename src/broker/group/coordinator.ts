import { errorCodes, type ErrorCode } from '../codec/errorCodes.js';
import { Journal } from '../storage/journal.js';
import type { Clock } from './clock.js';
import { Group } from './group.js';
import { GroupOffsets } from './groupOffsets.js';
import { refusedJoin, refusedSync } from './member.js';
import type { JoinRequest, JoinResult, Membership, SyncResult } from './member.js';
import {
  loadSnapshot,
  storeSnapshot,
  type Commit,
  type GroupRecord,
  type GroupSnapshot,
  type StoredSnapshot,
} from './records.js';

export interface CoordinatorOptions {
  /** Path of the journal. */
  readonly file: string;
  readonly clock: Clock;
  readonly initialRebalanceDelayMs: number;
  /** How long a group's offsets are kept after its last member has left, ms. */
  readonly offsetsRetentionMs: number;
  readonly warn: (message: string) => void;
}

interface Entry {
  group: Group;
  readonly offsets: GroupOffsets;
  /** The last change of its membership or offsets, ms since 1970. */
  changedAt: number;
  /**
   * The membership when the group was last stable. A restart during a rebalance must restore this
   * one: new members have no assignments yet, and old members still have theirs.
   */
  stable: StoredSnapshot | undefined;
}

const minSessionMs = 6_000;
const maxSessionMs = 1_800_000;
/** Upper limit of a commit's metadata. */
const maxMetadataBytes = 4096;

/** Coordinates all consumer groups: their members, and their offsets in a journal on disk. */
export class Coordinator {
  readonly #options: CoordinatorOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #journal: Journal<GroupRecord>;

  constructor(options: CoordinatorOptions) {
    this.#options = options;
    this.#journal = new Journal(
      options.file,
      (record) => this.#replay(record),
      () => this.#records(),
    );
  }

  #replay(record: GroupRecord): void {
    switch (record.kind) {
      case 'group': {
        const entry = this.#entry(record.group);
        entry.group.close();
        entry.group = this.#newGroup(record.group, loadSnapshot(record.snapshot));
        entry.stable = record.snapshot;
        entry.changedAt = record.at;
        break;
      }
      case 'offsets': {
        const entry = this.#entry(record.group);
        for (const { topic, partition, ...commit } of record.commits) {
          entry.offsets.set(topic, partition, commit);
        }
        entry.changedAt = record.at;
        break;
      }
      case 'topic-deleted':
        for (const { offsets } of this.#entries.values()) offsets.deleteTopic(record.topic);
        break;
      case 'group-deleted':
        this.#remove(record.group);
        break;
    }
  }

  /** The current state as records, from which the compacted journal starts. */
  #records(): GroupRecord[] {
    return [...this.#entries].flatMap(([group, { stable, offsets, changedAt: at }]) => {
      const records: GroupRecord[] = [];
      if (stable !== undefined) records.push({ kind: 'group', group, at, snapshot: stable });
      if (!offsets.isEmpty) {
        records.push({ kind: 'offsets', group, at, commits: offsets.entries() });
      }
      return records;
    });
  }

  #entry(groupId: string): Entry {
    const existing = this.#entries.get(groupId);
    if (existing !== undefined) return existing;
    const entry: Entry = {
      group: this.#newGroup(groupId),
      offsets: new GroupOffsets(),
      changedAt: this.#options.clock.now(),
      stable: undefined,
    };
    this.#entries.set(groupId, entry);
    return entry;
  }

  #newGroup(groupId: string, snapshot?: GroupSnapshot): Group {
    const { clock, initialRebalanceDelayMs } = this.#options;
    const changed = () => this.#saveMembership(groupId);
    return new Group({ clock, initialRebalanceDelayMs, changed }, snapshot);
  }

  #saveMembership(groupId: string): void {
    const entry = this.#entries.get(groupId);
    if (entry === undefined) return;
    const at = this.#options.clock.now();
    entry.changedAt = at;
    entry.stable = storeSnapshot(entry.group.snapshot());
    try {
      this.#journal.append({ kind: 'group', group: groupId, at, snapshot: entry.stable });
    } catch (error) {
      // The group continues. A restart would restore an older generation and trigger a rebalance.
      this.#options.warn(`the state of group ${groupId} was not saved: ${String(error)}`);
    }
  }

  #remove(groupId: string): void {
    this.#entries.get(groupId)?.group.close();
    this.#entries.delete(groupId);
  }

  join(groupId: string, request: JoinRequest, answer: (result: JoinResult) => void): void {
    if (groupId === '') {
      answer(refusedJoin(errorCodes.INVALID_GROUP_ID, request.memberId));
    } else if (request.sessionTimeoutMs < minSessionMs || request.sessionTimeoutMs > maxSessionMs) {
      answer(refusedJoin(errorCodes.INVALID_SESSION_TIMEOUT, request.memberId));
    } else if (!this.#entries.has(groupId) && request.memberId !== '') {
      answer(refusedJoin(errorCodes.UNKNOWN_MEMBER_ID, request.memberId));
    } else {
      this.#entry(groupId).group.join(request, answer);
    }
  }

  sync(
    groupId: string,
    membership: Membership,
    assignments: ReadonlyMap<string, Buffer>,
    answer: (result: SyncResult) => void,
  ): void {
    const group = this.find(groupId);
    if (group === undefined) {
      answer(refusedSync(this.#missingGroupError(groupId)));
    } else {
      group.sync(membership, assignments, answer);
    }
  }

  heartbeat(groupId: string, membership: Membership): ErrorCode {
    return this.find(groupId)?.heartbeat(membership) ?? this.#missingGroupError(groupId);
  }

  leave(groupId: string, member: Pick<Membership, 'memberId' | 'instanceId'>): ErrorCode {
    return this.find(groupId)?.leave(member) ?? this.#missingGroupError(groupId);
  }

  #missingGroupError(groupId: string): ErrorCode {
    return groupId === '' ? errorCodes.INVALID_GROUP_ID : errorCodes.UNKNOWN_MEMBER_ID;
  }

  /**
   * Commits offsets. If the member may not commit, none is committed.
   * @returns one error code per commit, in order
   */
  commit(
    groupId: string,
    membership: Membership,
    commits: readonly (Commit & { readonly topic: string; readonly partition: number })[],
  ): ErrorCode[] {
    const refusal = this.#commitRefusal(groupId, membership);
    if (refusal !== errorCodes.NONE) return commits.map(() => refusal);
    const errors = commits.map(({ metadata }) =>
      Buffer.byteLength(metadata) > maxMetadataBytes
        ? errorCodes.OFFSET_METADATA_TOO_LARGE
        : errorCodes.NONE,
    );
    const accepted = commits.filter((_, index) => errors[index] === errorCodes.NONE);
    const at = this.#options.clock.now();
    try {
      this.#journal.append({ kind: 'offsets', group: groupId, at, commits: accepted });
    } catch (error) {
      this.#options.warn(`offsets of group ${groupId} were not saved: ${String(error)}`);
      return commits.map(() => errorCodes.COORDINATOR_NOT_AVAILABLE);
    }
    const entry = this.#entry(groupId);
    entry.changedAt = at;
    for (const { topic, partition, ...commit } of accepted) {
      entry.offsets.set(topic, partition, commit);
    }
    return errors;
  }

  #commitRefusal(groupId: string, membership: Membership): ErrorCode {
    const group = this.find(groupId);
    if (group === undefined) {
      return membership.generation < 0 ? errorCodes.NONE : errorCodes.ILLEGAL_GENERATION;
    }
    return group.commitError(membership);
  }

  find(groupId: string): Group | undefined {
    return this.#entries.get(groupId)?.group;
  }

  offsetsOf(groupId: string): GroupOffsets {
    return this.#entries.get(groupId)?.offsets ?? new GroupOffsets();
  }

  list(): { groupId: string; group: Group }[] {
    return [...this.#entries].map(([groupId, { group }]) => ({ groupId, group }));
  }

  /** Removes all offsets that groups have committed for a deleted topic. */
  forgetTopic(topic: string): void {
    const changed = [...this.#entries.values()].filter(({ offsets }) => offsets.deleteTopic(topic));
    if (changed.length > 0) this.#journal.append({ kind: 'topic-deleted', topic });
  }

  /** Removes the offsets of topics whose deletion was interrupted by a crash. */
  forgetMissingTopics(exists: (topic: string) => boolean): void {
    const committed = [...this.#entries.values()].flatMap(({ offsets }) => offsets.topics());
    for (const topic of new Set(committed.map((each) => each.topic))) {
      if (!exists(topic)) this.forgetTopic(topic);
    }
  }

  /** Removes the groups without members whose offsets have expired or that have none. */
  expire(): void {
    const before = this.#options.clock.now() - this.#options.offsetsRetentionMs;
    for (const [group, entry] of this.#entries) {
      if (entry.group.isVacant && (entry.offsets.isEmpty || entry.changedAt < before)) {
        this.#remove(group);
        this.#journal.append({ kind: 'group-deleted', group });
      }
    }
  }

  close(): void {
    for (const { group } of this.#entries.values()) group.close();
    this.#journal.close();
  }
}
