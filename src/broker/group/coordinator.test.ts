import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { ManualClock } from '../../../test/support/broker/manualClock.js';
import { errorCodes } from '../codec/errorCodes.js';
import { Coordinator } from './coordinator.js';
import type { JoinResult } from './member.js';

const weekMs = 7 * 24 * 3600 * 1000;
const standalone = { memberId: '', instanceId: null, generation: -1 };

function setUp() {
  const dir = mkdtempSync(join(tmpdir(), 'groups-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, 'groups.journal');
  const clock = new ManualClock();
  const open = () =>
    new Coordinator({
      file,
      clock,
      initialRebalanceDelayMs: 0,
      offsetsRetentionMs: weekMs,
      warn: (message) => expect.fail(message),
    });
  return { file, clock, open };
}

function joinGroup(groups: Coordinator, groupId: string, memberId = ''): JoinResult | undefined {
  let answer: JoinResult | undefined;
  const request = {
    memberId,
    instanceId: null,
    clientId: 'client',
    clientHost: '/127.0.0.1',
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.from([0, 255]) }],
    requireKnownMemberId: false,
  };
  groups.join(groupId, request, (result) => (answer = result));
  return answer;
}

const commit = (offset: number, topic = 't', metadata = '') => ({
  topic,
  partition: 0,
  offset,
  leaderEpoch: -1,
  metadata,
});

test('commits and members survive a kill', () => {
  const { open } = setUp();
  const before = open();
  const memberId = joinGroup(before, 'g')?.memberId ?? '';
  const membership = { memberId, instanceId: null, generation: 1 };
  before.sync('g', membership, new Map([[memberId, Buffer.from([7, 255])]]), () => undefined);
  before.commit('g', membership, [commit(5, 't', 'note')]);
  before.commit('g', membership, [commit(6, 't', 'note')]);

  // Twice, since the first one rewrites the journal.
  open();
  const after = open();
  expect(after.offsetsOf('g').get('t', 0)).toEqual({
    offset: 6,
    leaderEpoch: -1,
    metadata: 'note',
  });
  expect(after.find('g')).toMatchObject({ state: 'Stable', protocol: 'range' });
  expect(after.find('g')?.members[0]?.assignment).toEqual(Buffer.from([7, 255]));
  expect(after.heartbeat('g', membership)).toBe(errorCodes.NONE);
  expect(after.commit('g', membership, [commit(7)])).toEqual([errorCodes.NONE]);
});

test('a torn last entry is discarded and the others are kept', () => {
  const { file, open } = setUp();
  const before = open();
  before.commit('g', standalone, [commit(1)]);
  before.commit('g', standalone, [commit(2)]);
  truncateSync(file, statSync(file).size - 5);
  expect(open().offsetsOf('g').get('t', 0)?.offset).toBe(1);
});

test('the entries after a damaged one are discarded', () => {
  const { file, open } = setUp();
  const before = open();
  for (const offset of [1, 2, 3]) before.commit('g', standalone, [commit(offset)]);
  writeFileSync(file, readFileSync(file, 'utf8').replace('"offset":2', '"offset":7'));
  expect(open().offsetsOf('g').get('t', 0)?.offset).toBe(1);
});

test('the journal stays small after many commits', () => {
  const { file, open } = setUp();
  const groups = open();
  const metadata = 'x'.repeat(4000);
  for (let offset = 0; offset < 2000; offset += 1) {
    groups.commit('g', standalone, [commit(offset, 't', metadata)]);
  }
  expect(statSync(file).size).toBeLessThan(2_000_000);
  expect(open().offsetsOf('g').get('t', 0)?.offset).toBe(1999);
});

test('a commit that triggers compaction is in the compacted journal', () => {
  const { file, open } = setUp();
  const groups = open();
  const metadata = 'x'.repeat(4000);
  let offset = 0;
  let size: number;
  do {
    size = statSync(file).size;
    offset += 1;
    groups.commit('g', standalone, [commit(offset, 't', metadata)]);
  } while (statSync(file).size > size);
  expect(open().offsetsOf('g').get('t', 0)?.offset).toBe(offset);
});

test('a commit by an unknown member or with too much metadata is rejected', () => {
  const groups = setUp().open();
  const stranger = { memberId: 'x', instanceId: null, generation: 3 };
  expect(groups.commit('g', stranger, [commit(1)])).toEqual([errorCodes.ILLEGAL_GENERATION]);
  expect(
    groups.commit('g', standalone, [commit(1, 'a', 'é'.repeat(2049)), commit(2, 'b')]),
  ).toEqual([errorCodes.OFFSET_METADATA_TOO_LARGE, errorCodes.NONE]);
  expect(groups.offsetsOf('g').topics()).toEqual([{ topic: 'b', partitions: [0] }]);
});

test('an empty group id and unknown members are rejected', () => {
  const groups = setUp().open();
  expect(joinGroup(groups, '')?.error).toBe(errorCodes.INVALID_GROUP_ID);
  expect(joinGroup(groups, 'g', 'stranger')?.error).toBe(errorCodes.UNKNOWN_MEMBER_ID);
  expect(groups.heartbeat('g', standalone)).toBe(errorCodes.UNKNOWN_MEMBER_ID);
  expect(groups.leave('g', standalone)).toBe(errorCodes.UNKNOWN_MEMBER_ID);
  expect(groups.list()).toEqual([]);
});

test('offsets expire a week after the group becomes empty, and not before', () => {
  const { clock, open } = setUp();
  const groups = open();
  const memberId = joinGroup(groups, 'g')?.memberId ?? '';
  const membership = { memberId, instanceId: null, generation: 1 };
  groups.sync('g', membership, new Map(), () => undefined);
  groups.commit('g', membership, [commit(5)]);
  for (let days = 0; days < 20; days += 1) {
    for (let beats = 0; beats < 24; beats += 1) {
      groups.heartbeat('g', membership);
      clock.advance(9_000);
    }
    groups.expire();
  }
  expect(groups.offsetsOf('g').isEmpty).toBe(false);
  groups.leave('g', membership);
  clock.advance(weekMs);
  groups.expire();
  expect(groups.offsetsOf('g').isEmpty).toBe(false);
  clock.advance(1);
  groups.expire();
  expect(groups.list()).toEqual([]);
  expect(open().list()).toEqual([]);
});

test('deleting a topic permanently removes its committed offsets', () => {
  const { open } = setUp();
  const groups = open();
  groups.commit('g', standalone, [commit(1, 'deleted'), commit(2, 'kept')]);
  groups.forgetTopic('deleted');
  for (const each of [groups, open()]) {
    expect(each.offsetsOf('g').topics()).toEqual([{ topic: 'kept', partitions: [0] }]);
  }
});

test('committed offsets of missing topics are removed', () => {
  const groups = setUp().open();
  groups.commit('g', standalone, [commit(1, 'deleted'), commit(2, 'kept')]);
  groups.forgetMissingTopics((topic) => topic === 'kept');
  expect(groups.offsetsOf('g').topics()).toEqual([{ topic: 'kept', partitions: [0] }]);
});

test('a restart during a rebalance restores the last stable membership', () => {
  const { open } = setUp();
  const before = open();
  const memberId = joinGroup(before, 'g')?.memberId ?? '';
  const membership = { memberId, instanceId: null, generation: 1 };
  before.sync('g', membership, new Map([[memberId, Buffer.from('all')]]), () => undefined);
  joinGroup(before, 'g');
  expect(joinGroup(before, 'g', memberId)?.generation).toBe(2);
  // Enough to make the journal rewrite itself.
  for (let offset = 0; offset < 300; offset += 1) {
    before.commit('other', standalone, [commit(offset, 't', 'x'.repeat(4000))]);
  }
  const after = open();
  expect(after.find('g')?.members.map(({ id }) => id)).toEqual([memberId]);
  expect(after.heartbeat('g', membership)).toBe(errorCodes.NONE);
});
