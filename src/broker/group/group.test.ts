import { describe, expect, test } from 'vitest';

import { ManualClock } from '../../../test/support/broker/manualClock.js';
import { errorCodes } from '../codec/errorCodes.js';
import { Group } from './group.js';
import type { JoinRequest, JoinResult, SyncResult } from './member.js';

const sessionMs = 10_000;
const rebalanceMs = 20_000;

/** A group, and shorthands for its members' requests. */
function setUp(initialRebalanceDelayMs = 0) {
  const clock = new ManualClock();
  let changes = 0;
  const group = new Group({ clock, initialRebalanceDelayMs, changed: () => (changes += 1) });
  return { clock, changes: () => changes, ...actions(group) };
}

function actions(group: Group) {
  const join = (memberId = '', options: Partial<JoinRequest> = {}) => {
    const answers: JoinResult[] = [];
    const request: JoinRequest = {
      memberId,
      instanceId: null,
      clientId: 'client',
      clientHost: '/127.0.0.1',
      sessionTimeoutMs: sessionMs,
      rebalanceTimeoutMs: rebalanceMs,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.from('topics') }],
      requireKnownMemberId: false,
      ...options,
    };
    group.join(request, (result) => answers.push(result));
    return answers;
  };
  const sync = (memberId: string, generation: number, plan: Record<string, string> = {}) => {
    const answers: SyncResult[] = [];
    const assignments = new Map(Object.entries(plan).map(([id, text]) => [id, Buffer.from(text)]));
    const membership = { memberId, instanceId: null, generation };
    group.sync(membership, assignments, (result) => answers.push(result));
    return answers;
  };
  const heartbeat = (memberId: string, generation: number, instanceId: string | null = null) =>
    group.heartbeat({ memberId, instanceId, generation });
  const leave = (memberId: string) => group.leave({ memberId, instanceId: null });
  return { group, join, sync, heartbeat, leave };
}

type Actions = ReturnType<typeof actions>;

function only<T>(answers: readonly T[]): T {
  expect(answers).toHaveLength(1);
  const [answer] = answers;
  if (answer === undefined) throw new Error('the request was not answered');
  return answer;
}

/** A stable group of one. @returns its member id */
function stableOne({ join, sync }: Actions): string {
  const { memberId } = only(join());
  expect(only(sync(memberId, 1, { [memberId]: 'all' })).error).toBe(errorCodes.NONE);
  return memberId;
}

/** A stable group of two in generation 2. */
function stableTwo(actors: Actions): [leader: string, follower: string] {
  const leader = stableOne(actors);
  const second = actors.join();
  actors.join(leader);
  const follower = only(second).memberId;
  const waiting = actors.sync(follower, 2);
  actors.sync(leader, 2, { [leader]: 'half', [follower]: 'other half' });
  expect(only(waiting).assignment.toString()).toBe('other half');
  return [leader, follower];
}

describe('joining', () => {
  test('the first member leads generation 1 and gets the list of members', () => {
    const { join, group } = setUp();
    const joined = only(join());
    expect(joined).toMatchObject({ error: 0, generation: 1, protocol: 'range' });
    expect(joined.leader).toBe(joined.memberId);
    expect(joined.members).toMatchObject([{ memberId: joined.memberId }]);
    expect(group.state).toBe('CompletingRebalance');
  });

  test('a second member waits until the first has rejoined', () => {
    const actors = setUp();
    const leader = stableOne(actors);
    const second = actors.join();
    expect(actors.group.state).toBe('PreparingRebalance');
    expect(second).toEqual([]);
    expect(actors.heartbeat(leader, 1)).toBe(errorCodes.REBALANCE_IN_PROGRESS);
    const first = only(actors.join(leader));
    expect(first.members).toHaveLength(2);
    expect(only(second)).toMatchObject({ generation: 2, leader, members: [] });
  });

  test('a member that does not rejoin in time is removed', () => {
    const actors = setUp();
    const silent = stableOne(actors);
    const second = actors.join('', { sessionTimeoutMs: 60_000 });
    for (let passed = 0; passed < rebalanceMs; passed += 5000) {
      expect(actors.heartbeat(silent, 1)).toBe(errorCodes.REBALANCE_IN_PROGRESS);
      actors.clock.advance(5000);
    }
    const joined = only(second);
    expect(joined.leader).toBe(joined.memberId);
    expect(actors.heartbeat(silent, 2)).toBe(errorCodes.UNKNOWN_MEMBER_ID);
  });

  test('a new dynamic member must rejoin with the member id that it was given', () => {
    const { join, group } = setUp();
    const given = only(join('', { requireKnownMemberId: true }));
    expect(given.error).toBe(errorCodes.MEMBER_ID_REQUIRED);
    expect(group.members).toHaveLength(0);
    expect(only(join(given.memberId, { requireKnownMemberId: true }))).toMatchObject({ error: 0 });
  });

  test('the group waits for a pending member id, which expires after the session timeout', () => {
    const actors = setUp();
    const { memberId } = only(actors.join('', { requireKnownMemberId: true }));
    const other = actors.join();
    expect(other).toEqual([]);
    actors.clock.advance(sessionMs);
    expect(only(other).generation).toBe(1);
    expect(only(actors.join(memberId)).error).toBe(errorCodes.UNKNOWN_MEMBER_ID);
  });

  test('a pending member id that expires does not affect a stable group', () => {
    const actors = setUp();
    const member = stableOne(actors);
    actors.join('', { requireKnownMemberId: true });
    actors.clock.advance(sessionMs - 1);
    actors.heartbeat(member, 1);
    actors.clock.advance(2);
    expect(actors.group.state).toBe('Stable');
  });

  test('a member without a common protocol is rejected', () => {
    const actors = setUp();
    stableOne(actors);
    const protocols = [{ name: 'other', metadata: Buffer.alloc(0) }];
    for (const options of [{ protocols }, { protocols: [] }, { protocolType: 'connect' }]) {
      expect(only(actors.join('', options)).error).toBe(errorCodes.INCONSISTENT_GROUP_PROTOCOL);
    }
    expect(actors.group.state).toBe('Stable');
  });

  test('the group selects the common protocol with the most votes', () => {
    const offer = (...names: string[]) => ({
      protocols: names.map((name) => ({ name, metadata: Buffer.from(name) })),
    });
    const actors = setUp(3000);
    const first = actors.join('', offer('a', 'b', 'c'));
    actors.join('', offer('c', 'b'));
    actors.join('', offer('d', 'c', 'b'));
    expect(first).toEqual([]);
    actors.clock.advance(3000);
    expect(only(first)).toMatchObject({ protocol: 'c' });
    expect(only(first).members.map(({ metadata }) => metadata.toString())).toEqual(['c', 'c', 'c']);
  });

  test('a follower that rejoins after a lost answer does not trigger a rebalance', () => {
    const actors = setUp();
    const [leader, follower] = stableTwo(actors);
    expect(only(actors.join(follower))).toMatchObject({ generation: 2, leader, members: [] });
    expect(actors.group.state).toBe('Stable');
  });

  test('a leader that rejoins, or a member with other topics, triggers a rebalance', () => {
    const actors = setUp();
    const [leader, follower] = stableTwo(actors);
    actors.join(leader);
    expect(actors.group.state).toBe('PreparingRebalance');
    actors.join(follower);
    actors.sync(leader, 3);
    actors.join(follower, { protocols: [{ name: 'range', metadata: Buffer.from('more') }] });
    expect(actors.group.state).toBe('PreparingRebalance');
  });
});

describe('syncing', () => {
  test('each member gets the assignment that the leader sent', () => {
    const actors = setUp();
    const [leader, follower] = stableTwo(actors);
    expect(only(actors.sync(leader, 2)).assignment.toString()).toBe('half');
    expect(only(actors.sync(follower, 2)).assignment.toString()).toBe('other half');
  });

  test('members that wait for their assignment must rejoin when another member joins', () => {
    const actors = setUp();
    const leader = stableOne(actors);
    const second = actors.join();
    actors.join(leader);
    const waiting = actors.sync(only(second).memberId, 2);
    actors.join();
    expect(only(waiting).error).toBe(errorCodes.REBALANCE_IN_PROGRESS);
  });

  test('a leader that never sends assignments is removed', () => {
    const actors = setUp();
    const leader = stableOne(actors);
    const second = actors.join();
    actors.join(leader);
    const follower = only(second).memberId;
    const waiting = actors.sync(follower, 2);
    for (let passed = 0; passed < rebalanceMs; passed += 5000) {
      actors.heartbeat(leader, 2);
      actors.clock.advance(5000);
    }
    expect(only(waiting).error).toBe(errorCodes.REBALANCE_IN_PROGRESS);
    expect(only(actors.join(follower))).toMatchObject({ generation: 3, leader: follower });
  });

  test('another generation is illegal, and an unknown member is rejected', () => {
    const actors = setUp();
    const member = stableOne(actors);
    expect(only(actors.sync(member, 2)).error).toBe(errorCodes.ILLEGAL_GENERATION);
    expect(only(actors.sync('stranger', 1)).error).toBe(errorCodes.UNKNOWN_MEMBER_ID);
  });
});

describe('staying and leaving', () => {
  test('heartbeats keep a session alive, and it expires without them', () => {
    const actors = setUp();
    const member = stableOne(actors);
    for (let beats = 0; beats < 5; beats += 1) {
      actors.clock.advance(sessionMs - 1);
      expect(actors.heartbeat(member, 1)).toBe(errorCodes.NONE);
    }
    actors.clock.advance(sessionMs);
    expect(actors.group).toMatchObject({ state: 'Empty', isVacant: true });
  });

  test('when a member leaves, its partitions go to the remaining members', () => {
    const actors = setUp();
    const [leader, follower] = stableTwo(actors);
    expect(actors.leave(follower)).toBe(errorCodes.NONE);
    expect(actors.heartbeat(leader, 2)).toBe(errorCodes.REBALANCE_IN_PROGRESS);
    expect(only(actors.join(leader)).members).toHaveLength(1);
    expect(actors.leave(leader)).toBe(errorCodes.NONE);
    expect(actors.group.state).toBe('Empty');
    expect(actors.leave(leader)).toBe(errorCodes.UNKNOWN_MEMBER_ID);
  });

  test('heartbeats succeed while the group waits for assignments', () => {
    const { join, heartbeat } = setUp();
    const { memberId } = only(join());
    expect(heartbeat(memberId, 1)).toBe(errorCodes.NONE);
  });

  test('a closed group has no timers left', () => {
    const actors = setUp();
    stableTwo(actors);
    actors.join('', { requireKnownMemberId: true });
    actors.join();
    actors.group.close();
    expect(actors.clock.pending).toBe(0);
  });
});

describe('static members', () => {
  const instance = { instanceId: 'one' };

  test('a static member rejoins without a rebalance and fences its predecessor', () => {
    const actors = setUp();
    const { memberId } = only(actors.join('', instance));
    actors.group.sync(
      { memberId, instanceId: 'one', generation: 1 },
      new Map([[memberId, Buffer.from('all')]]),
      () => undefined,
    );
    const back = only(actors.join('', instance));
    expect(back).toMatchObject({ error: 0, generation: 1, leader: memberId, members: [] });
    expect(back.memberId).not.toBe(memberId);
    expect(actors.group.state).toBe('Stable');
    expect(only(actors.sync(back.memberId, 1)).assignment.toString()).toBe('all');
    expect(actors.heartbeat(memberId, 1, 'one')).toBe(errorCodes.FENCED_INSTANCE_ID);
    expect(actors.heartbeat(back.memberId, 1, 'one')).toBe(errorCodes.NONE);
  });

  test('a static member can be removed by its instance id alone', () => {
    const actors = setUp();
    actors.join('', instance);
    expect(actors.group.leave({ memberId: '', instanceId: 'two' })).toBe(
      errorCodes.UNKNOWN_MEMBER_ID,
    );
    expect(actors.group.leave({ memberId: '', instanceId: 'one' })).toBe(errorCodes.NONE);
    expect(actors.group.isVacant).toBe(true);
  });
});

describe('committing', () => {
  test('a standalone consumer may commit only while the group has no members', () => {
    const actors = setUp();
    const standalone = { memberId: '', instanceId: null, generation: -1 };
    expect(actors.group.commitError(standalone)).toBe(errorCodes.NONE);
    stableOne(actors);
    expect(actors.group.commitError(standalone)).toBe(errorCodes.UNKNOWN_MEMBER_ID);
  });

  test('a member may commit in its generation, but not before it has its assignment', () => {
    const actors = setUp();
    const leader = stableOne(actors);
    const membership = (generation: number) => ({ memberId: leader, instanceId: null, generation });
    expect(actors.group.commitError(membership(1))).toBe(errorCodes.NONE);
    expect(actors.group.commitError(membership(7))).toBe(errorCodes.ILLEGAL_GENERATION);
    actors.join();
    expect(actors.group.commitError(membership(1))).toBe(errorCodes.NONE);
    actors.join(leader);
    expect(actors.group.commitError(membership(2))).toBe(errorCodes.REBALANCE_IN_PROGRESS);
  });
});

test('a restored group keeps its members, generation and assignments', () => {
  const actors = setUp();
  const [leader, follower] = stableTwo(actors);
  const options = { clock: actors.clock, initialRebalanceDelayMs: 0, changed: () => undefined };
  const restored = actions(new Group(options, actors.group.snapshot()));
  expect(restored.group.state).toBe('Stable');
  expect(restored.heartbeat(follower, 2)).toBe(errorCodes.NONE);
  expect(only(restored.sync(leader, 2)).assignment.toString()).toBe('half');
  actors.clock.advance(sessionMs);
  expect(restored.group.state).toBe('Empty');
  expect(only(restored.join()).generation).toBeGreaterThan(3);
});
