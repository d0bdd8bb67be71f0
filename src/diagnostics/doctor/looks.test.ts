import { describe, expect, it } from 'vitest';

import { topics } from '../../pipeline/contract/topics.js';
import { groupLook, topicsLook } from './kafka.js';
import { clockLook, databaseLook } from './postgres.js';
import { serverLook } from './redis.js';
import { replicationLook } from './replication.js';

const now = new Date(0);

describe('doctor', () => {
  it('reports topics that are missing or have no leader', () => {
    const partition = { partition: 0, leader: 1, start: 0, end: 5 };
    const all = Object.values(topics).map(({ name }) => ({ name, partitions: [partition] }));
    expect(topicsLook(all, ['h:1'], '')).toMatchObject({ state: 'ok' });
    expect(topicsLook(all.slice(1), ['h:1'], '')).toMatchObject({
      state: 'failed',
      detail: 'Kafka at h:1 lacks the topics player.events.raw',
    });
    const lost = all.map((topic) => ({ ...topic, partitions: [{ ...partition, leader: -1 }] }));
    expect(topicsLook(lost, ['h:1'], '')).toMatchObject({ state: 'failed' });
    const unknown = { ...partition, start: null, end: null };
    const unread = all.map((topic) => ({ ...topic, partitions: [unknown] }));
    expect(topicsLook(unread, ['h:1'], '')).toMatchObject({ state: 'failed' });
  });

  it('reports a group that has no members or makes no progress', () => {
    const group = {
      role: 'logger',
      group: 'g',
      topic: 't',
      processed: 10,
      lag: 5,
      partitions: [],
    } as const;
    const consumed = [
      { group: 'g', state: 'Stable', members: [{ client: 'c', host: 'h' }], offsets: [] },
    ];
    expect(groupLook(group, group, [])).toMatchObject({ state: 'failed' });
    expect(groupLook(group, group, consumed)).toMatchObject({ state: 'failed' });
    expect(groupLook(group, { ...group, processed: 9 }, consumed)).toMatchObject({ state: 'ok' });
    expect(groupLook({ ...group, lag: 0 }, group, consumed)).toMatchObject({ state: 'ok' });
  });

  describe('replication', () => {
    const place = { kafka: { brokers: ['h:1'] }, namespace: '' };
    const look = (
      inSync: readonly number[],
      least: number | 'hidden' = 2,
      replicas: readonly number[] = [1, 2, 3],
      known = 3,
    ) =>
      replicationLook(
        {
          brokers: [1, 2, 3].slice(0, known),
          counts: { alive: known, known },
          topics: [
            {
              name: 't',
              partitions: [{ partition: 0, leader: 1, replicas, inSync }],
              minInsyncReplicas: least === 'hidden' ? undefined : least,
            },
          ],
          configsHidden: least === 'hidden',
        },
        {},
        place,
      );

    it('is ok on a replicated cluster and on a single broker', () => {
      const detail = '3 brokers, replication factor 3, min.insync.replicas 2, all in sync';
      expect(look([1, 2, 3])).toEqual({ state: 'ok', detail });
      expect(look([1], 1, [1], 1)).toMatchObject({ state: 'ok' });
    });

    it('reports replicas that are not in sync and partitions that reject writes', () => {
      expect(look([1, 2])).toMatchObject({
        state: 'warning',
        detail: '1 of 1 partitions are under-replicated: broker 3 not in sync',
        cure: expect.stringContaining('Start the brokers') as string,
      });
      expect(look([1])).toMatchObject({
        state: 'failed',
        detail:
          'Kafka rejects writes to t 0 (1 in sync, min.insync.replicas 2); ' +
          '1 of 1 partitions are under-replicated: brokers 2, 3 not in sync',
      });
    });

    it('reports topics with too little replication and how to fix them', () => {
      expect(look([1, 2, 3], 1)).toMatchObject({
        state: 'warning',
        detail: 't: min.insync.replicas 1, not 2',
        cure: expect.stringMatching(/^Run: kafka-configs\.sh /) as string,
      });
      expect(look([1, 2, 3], 3)).toMatchObject({
        state: 'warning',
        detail: expect.stringContaining('stops writes while one broker is down') as string,
      });
      expect(look([1, 2], 1, [1, 2])).toMatchObject({
        state: 'warning',
        detail: 't: replication factor 2, not 3; min.insync.replicas 1, not 2',
      });
    });

    it('skips configuration that it may not read, and still reports other problems', () => {
      const hidden = expect.stringContaining('lacks the DescribeConfigs permission') as string;
      expect(look([1, 2, 3], 'hidden')).toMatchObject({ state: 'skipped', detail: hidden });
      expect(look([1], 'hidden', [1])).toMatchObject({ state: 'warning', detail: hidden });
    });
  });

  it.each([
    [{ version: 180_001, read_only: false, may_insert: true, now }, 'ok'],
    [{ version: 120_001, read_only: false, may_insert: true, now }, 'failed'],
    [{ version: 180_001, read_only: true, may_insert: true, now }, 'failed'],
    [{ version: 180_001, read_only: false, may_insert: false, now }, 'failed'],
    [{ version: 180_001, read_only: false, may_insert: null, now }, 'failed'],
  ])('rates the database %j as %s', (health, state) => {
    expect(databaseLook(health).state).toBe(state);
  });

  it.each([
    ['redis_version:7.0.15\r\nrole:master\r\nmaxmemory_policy:noeviction\r\n', 'ok'],
    ['redis_version:7.0.15\r\nrole:slave\r\nmaxmemory_policy:noeviction\r\n', 'failed'],
    ['redis_version:6.0.9\r\nrole:master\r\n', 'failed'],
    ['redis_version:7.0.15\r\nrole:master\r\nmaxmemory_policy:allkeys-lru\r\n', 'warning'],
  ])('rates the Redis server %j as %s', (info, state) => {
    expect(serverLook(info).state).toBe(state);
  });

  it.each([
    [0, 'ok'],
    [-999, 'ok'],
    [1_500, 'warning'],
    [-300_000, 'failed'],
  ])('rates a clock that is off by %d ms as %s', (ms, state) => {
    expect(clockLook(ms).state).toBe(state);
  });
});
