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
  /** The journal's file. */
  readonly file: string;
  readonly clock: Clock;
  readonly initialRebalanceDelayMs: number;
  /** How long a group's offsets are kept once nobody is in it, ms. */
  readonly offsetsRetentionMs: number;
  readonly warn: (message: string) => void;
}

interface Entry {
  group: Group;
  readonly offsets: GroupOffsets;
  /** When its membership or offsets last changed, ms since 1970. */
  changedAt: number;
  /**
   * Its membership when it was last settled. In the middle of a rebalance that is what a restart
   * shall find: new members have no assignments yet, and old ones still have theirs.
   */
  settled: StoredSnapshot | undefined;
}

const leastSessionMs = 6_000;
const mostSessionMs = 1_800_000;
/** Longest metadata of a commit, in bytes. */
const mostMetadata = 4096;

/** All consumer groups: their members, and their offsets on the disk. */
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
        entry.settled = record.snapshot;
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

  /** Everything there is, as the journal's new beginning. */
  #records(): GroupRecord[] {
    return [...this.#entries].flatMap(([group, { settled, offsets, changedAt: at }]) => {
      const records: GroupRecord[] = [];
      if (settled !== undefined) records.push({ kind: 'group', group, at, snapshot: settled });
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
      settled: undefined,
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
    entry.settled = storeSnapshot(entry.group.snapshot());
    try {
      this.#journal.append({ kind: 'group', group: groupId, at, snapshot: entry.settled });
    } catch (error) {
      // The group goes on; only a restart would find it in an older generation, and rebalance it.
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
    } else if (
      request.sessionTimeoutMs < leastSessionMs ||
      request.sessionTimeoutMs > mostSessionMs
    ) {
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
      answer(refusedSync(this.#absence(groupId)));
    } else {
      group.sync(membership, assignments, answer);
    }
  }

  heartbeat(groupId: string, membership: Membership): ErrorCode {
    return this.find(groupId)?.heartbeat(membership) ?? this.#absence(groupId);
  }

  leave(groupId: string, who: Pick<Membership, 'memberId' | 'instanceId'>): ErrorCode {
    return this.find(groupId)?.leave(who) ?? this.#absence(groupId);
  }

  #absence(groupId: string): ErrorCode {
    return groupId === '' ? errorCodes.INVALID_GROUP_ID : errorCodes.UNKNOWN_MEMBER_ID;
  }

  /**
   * Commits offsets: all of them, or none where the member may not.
   * @returns per commit, in order, its error
   */
  commit(
    groupId: string,
    membership: Membership,
    commits: readonly (Commit & { readonly topic: string; readonly partition: number })[],
  ): ErrorCode[] {
    const refusal = this.#commitRefusal(groupId, membership);
    if (refusal !== errorCodes.NONE) return commits.map(() => refusal);
    const errors = commits.map(({ metadata }) =>
      Buffer.byteLength(metadata) > mostMetadata
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

  /** A topic is gone, and with it what groups have committed for it. */
  forgetTopic(topic: string): void {
    const held = [...this.#entries.values()].filter(({ offsets }) => offsets.deleteTopic(topic));
    if (held.length > 0) this.#journal.append({ kind: 'topic-deleted', topic });
  }

  /** Forgets commits for topics that are not there: their deletion was cut short by a crash. */
  forgetMissingTopics(exists: (topic: string) => boolean): void {
    const committed = [...this.#entries.values()].flatMap(({ offsets }) => offsets.topics());
    for (const topic of new Set(committed.map((each) => each.topic))) {
      if (!exists(topic)) this.forgetTopic(topic);
    }
  }

  /** Removes groups that nobody is in and that have no offsets, or only ones past their time. */
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
