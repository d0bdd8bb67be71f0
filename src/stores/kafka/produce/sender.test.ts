import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';

import {
  ClusterDouble,
  brokerError,
  connectionLost,
} from '../../../../test/support/clusterDouble.js';
import { StoreUnavailable } from '../../errors.js';
import { Delivery } from './delivery.js';
import { Sender, type SenderOptions } from './sender.js';

const topic = 'events';

/** Keys that the Java client's partitioner assigns to partitions 0, 1 and 2 of three. */
const keys = ['player-3', 'player-7', 'player-1'] as const;

const senders: Sender[] = [];

afterEach(async () => {
  await Promise.all(senders.splice(0).map((sender) => sender.close()));
});

function createSender(cluster: ClusterDouble, options: Partial<SenderOptions> = {}) {
  const problems: string[] = [];
  const sender = new Sender({
    open: cluster.open,
    timeoutMs: 10_000,
    stalledAfterMs: Infinity,
    backoffMs: [1, 20],
    onProblem: (problem) => problems.push(problem),
    ...options,
  });
  senders.push(sender);
  const send = async (...values: readonly [key: string, value: string][]) => {
    const records = values.map(([key, value]) => ({ topic, key, value }));
    const delivery = new Delivery(records, performance.now(), () => undefined);
    sender.add(delivery);
    return delivery.acknowledged;
  };
  return { sender, send, problems };
}

/** One record per partition. */
function toEach(value: string): [string, string][] {
  return keys.map((key) => [key, value]);
}

describe('a partition whose leader moves between two attempts', () => {
  it("is not acknowledged by its new leader's acknowledgement of other partitions", async () => {
    const cluster = new ClusterDouble({ [topic]: [1, 2, 3] });
    const { send } = createSender(cluster);
    await send(...toEach('before'));
    // Broker 1 fails during the request; broker 2, which answers for its own partition, now leads
    // 0, too.
    cluster.onProduce = ({ leader }) => {
      if (leader !== 1) return;
      cluster.moveLeader(topic, 0, 2);
      cluster.stop(1);
      throw connectionLost();
    };
    const places = await send(...toEach('during'));
    expect(places).toEqual([0, 1, 2].map((partition) => ({ partition, offset: 1 })));
    expect(cluster.values(topic)).toEqual([
      ['before', 'during'],
      ['before', 'during'],
      ['before', 'during'],
    ]);
  });

  it('is written through the new leader with the same sequence number', async () => {
    const cluster = new ClusterDouble({ [topic]: [1, 1, 1] });
    const { send } = createSender(cluster);
    await send(...toEach('before'));
    cluster.moveLeader(topic, 0, 2, { seen: false });
    await send(...toEach('after'));
    expect(cluster.values(topic)).toEqual(keys.map(() => ['before', 'after']));
    expect(cluster.producers).toBe(1);
  });

  it('keeps the order of its records', async () => {
    const cluster = new ClusterDouble({ [topic]: [1, 2, 3] });
    const { send } = createSender(cluster);
    const sent: Promise<unknown>[] = [];
    for (let value = 0; value < 100; value += 1) {
      sent.push(send(...toEach(String(value))));
      if (value % 10 === 0) cluster.moveLeader(topic, value % 3, 1 + (value % 2), { seen: false });
      await new Promise(setImmediate);
    }
    await Promise.all(sent);
    const inOrder = Array.from({ length: 100 }, (_, value) => String(value));
    expect(cluster.values(topic)).toEqual([inOrder, inOrder, inOrder]);
  });
});

describe('a batch that is not acknowledged', () => {
  it.each([
    ['the connection is lost after the write', 'lost'],
    ['the response omits it', 'omitted'],
    ['the broker reports a replication timeout', 'REQUEST_TIMED_OUT'],
    ['the broker reports that too few replicas have it', 'NOT_ENOUGH_REPLICAS_AFTER_APPEND'],
  ] as const)('is retried and stored once if %s', async (_, how) => {
    const cluster = new ClusterDouble({ [topic]: [1, 2, 1] });
    const { send } = createSender(cluster);
    let times = 3;
    cluster.onProduced = ({ leader, outcomes }) => {
      if (leader !== 2 || times === 0) return outcomes;
      times -= 1;
      if (how === 'lost') throw connectionLost();
      return outcomes.map(() => (how === 'omitted' ? new Error(how) : brokerError(how)));
    };
    await send(...toEach('one'));
    await send(...toEach('two'));
    expect(cluster.values(topic)).toEqual(keys.map(() => ['one', 'two']));
    expect(cluster.producers).toBe(1);
  });

  it('blocks neither other partitions nor other leaders', async () => {
    const cluster = new ClusterDouble({ [topic]: [1, 1, 2] });
    const { send, sender, problems } = createSender(cluster);
    let isShort = true;
    cluster.onProduced = ({ batches, outcomes }) =>
      outcomes.map((outcome, index) =>
        isShort && batches[index]?.partition === 0 ? brokerError('NOT_ENOUGH_REPLICAS') : outcome,
      );
    const stuck = send([keys[0], 'a']);
    await send([keys[1], 'b']);
    await send([keys[2], 'c'], [keys[1], 'd']);
    // The other partitions are writable.
    sender.assertWritable();
    expect(problems).toEqual([expect.stringMatching(/^events\/0: .*replicas.*; retrying$/)]);
    isShort = false;
    await stuck;
    expect(cluster.values(topic)).toEqual([['a'], ['b', 'd'], ['c']]);
  });

  it('fails with the reason after its timeout, and a new producer id continues', async () => {
    const cluster = new ClusterDouble({ [topic]: [1, 1, 1] });
    const { send, sender } = createSender(cluster, { timeoutMs: 300 });
    cluster.onProduced = ({ outcomes }) => outcomes.map(() => brokerError('NOT_ENOUGH_REPLICAS'));
    const error = await send([keys[0], 'a']).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(String(error)).toMatch(/no acknowledgement within 0\.3 s: events\/0: .*replicas/);
    expect(() => sender.assertWritable()).toThrow(/events\/0: .*replicas/);
    cluster.onProduced = undefined;
    await send([keys[0], 'b']);
    sender.assertWritable();
    expect(cluster.producers).toBe(2);
    expect(cluster.values(topic)[0]?.at(-1)).toBe('b');
  });
});

it('the sender requests a new producer id when the brokers no longer know the sequence', async () => {
  const cluster = new ClusterDouble({ [topic]: [1, 2, 3] });
  const { send } = createSender(cluster);
  await send(...toEach('one'));
  cluster.forgetProducers();
  await send(...toEach('two'));
  await send(...toEach('three'));
  expect(cluster.values(topic)).toEqual(keys.map(() => ['one', 'two', 'three']));
  expect(cluster.producers).toBe(2);
});

it('an error that is not retriable fails only the rejected batch', async () => {
  const cluster = new ClusterDouble({ [topic]: [1, 1, 1] });
  const { send } = createSender(cluster);
  cluster.onProduce = ({ batches }) =>
    batches.map(({ partition }) =>
      partition === 0 ? brokerError('MESSAGE_TOO_LARGE') : undefined,
    );
  const rejected = send([keys[0], 'a']);
  const accepted = send([keys[1], 'b']);
  await expect(rejected).rejects.toMatchObject({ type: 'MESSAGE_TOO_LARGE' });
  await accepted;
  cluster.onProduce = undefined;
  await send([keys[0], 'c']);
  expect(cluster.values(topic)).toEqual([['c'], ['b'], []]);
});

it('the sender immediately rejects records for a stalled partition', async () => {
  const cluster = new ClusterDouble({ [topic]: [1, 2, 3] });
  const { send } = createSender(cluster, { stalledAfterMs: 0 });
  await send(...toEach('one'));
  cluster.onProduce = ({ leader }) => {
    if (leader === 1) throw connectionLost();
  };
  const stalled = send([keys[0], 'two']);
  stalled.catch(() => undefined);
  await new Promise(setImmediate);
  await expect(send([keys[0], 'three'], [keys[1], 'three'])).rejects.toThrow(StoreUnavailable);
  cluster.onProduce = undefined;
  await stalled;
  // No rejected record is written, not even to the other partition.
  expect(cluster.values(topic)).toEqual([['one', 'two'], ['one'], ['one']]);
});

it('the sender reconnects to known brokers if the bootstrap servers are unavailable', async () => {
  const cluster = new ClusterDouble({ [topic]: [1, 2, 3] });
  const { send } = createSender(cluster);
  await send(...toEach('one'));
  cluster.bootstrap = false;
  cluster.onProduce = () => {
    cluster.onProduce = undefined;
    throw connectionLost();
  };
  await send(...toEach('two'));
  expect(cluster.opened.at(-1)).toEqual(['1', '2', '3']);
});

it('the sender waits for a missing topic until the timeout', async () => {
  const cluster = new ClusterDouble({});
  const { send } = createSender(cluster, { timeoutMs: 200 });
  await expect(send([keys[0], 'a'])).rejects.toThrow(/no acknowledgement within 0\.2 s: .*topic/);
  const late = send([keys[0], 'b']);
  cluster.create(topic, [1, 1, 1]);
  await late;
  expect(cluster.values(topic)[0]).toEqual(['b']);
});

it('the sender delivers to other topics after one is deleted', async () => {
  const cluster = new ClusterDouble({ gone: [1], [topic]: [1, 2, 3] });
  const { sender, send } = createSender(cluster, { timeoutMs: 500 });
  const toGone = async () => {
    const records = [{ topic: 'gone', key: 'a', value: 'a' }];
    const delivery = new Delivery(records, performance.now(), () => undefined);
    sender.add(delivery);
    return delivery.acknowledged;
  };
  await toGone();
  await send(...toEach('one'));
  cluster.delete('gone');
  const failed = expect(toGone()).rejects.toThrow(StoreUnavailable);
  await new Promise(setImmediate);
  cluster.moveLeader(topic, 0, 3);
  await send(...toEach('two'));
  await failed;
  expect(cluster.values(topic)).toEqual(keys.map(() => ['one', 'two']));
});

it('the sender never loses or reorders acknowledged records, whatever fails', async () => {
  const fault = fc.constantFrom('none', 'none', 'refuse', 'lose', 'move', 'replicas', 'forget');
  await fc.assert(
    fc.asyncProperty(fc.array(fault, { minLength: 1, maxLength: 25 }), async (faults) => {
      const cluster = new ClusterDouble({ [topic]: [1, 2, 3] });
      const { send } = createSender(cluster);
      const remaining = [...faults];
      cluster.onProduce = ({ leader }) => {
        const next = remaining.shift();
        if (next === 'refuse') throw connectionLost();
        if (next === 'forget') cluster.forgetProducers();
        if (next === 'move') {
          cluster.moveLeader(topic, leader - 1, 1 + (leader % 3), { seen: false });
        }
      };
      cluster.onProduced = ({ outcomes }) => {
        if (remaining[0] === 'lose') throw connectionLost();
        return remaining[0] === 'replicas'
          ? outcomes.map(() => brokerError('NOT_ENOUGH_REPLICAS'))
          : outcomes;
      };
      const values = faults.map((_, index) => String(index));
      await Promise.all(values.map(async (value) => send(...toEach(value))));
      for (const log of cluster.values(topic)) {
        // Duplicates are allowed if the same batch is repeated.
        const first = log.filter((value, index) => log.indexOf(value) === index);
        expect(first).toEqual(values);
      }
    }),
    { numRuns: 40 },
  );
});
