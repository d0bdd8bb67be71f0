import { expect, it } from 'vitest';

import type { GameMetrics } from '../../../src/index.js';
import { StoreUnavailable } from '../../../src/stores/errors.js';
import { KafkaBrowser } from '../../../src/stores/kafka/browser.js';
import { GroupConsumer, type FetchedBatch } from '../../../src/stores/kafka/consumer.js';
import { deferred } from '../../../src/util/deferred.js';
import { KafkaProxy } from '../../faults/kafkaProxy.js';
import { createPipeline, describePipeline } from '../../support/pipeline.js';
import { until } from '../../support/until.js';

const topicOf = (gm: GameMetrics): string => `${gm.endpoints.namespace}player.events.raw`;
const groupOf = (gm: GameMetrics): string => `${gm.endpoints.namespace}test`;

function member(
  gm: GameMetrics,
  clientId: string,
  onBatch: (batch: FetchedBatch) => Promise<void> = () => Promise.resolve(),
): GroupConsumer {
  return new GroupConsumer(gm.endpoints.kafka, {
    clientId,
    groupId: groupOf(gm),
    topic: topicOf(gm),
    concurrency: 3,
    onBatch,
  });
}

/** A group's state, and the clients in it. */
async function describeGroup(gm: GameMetrics): Promise<{ state: string; members: string[] }> {
  const admin = gm.kafka.admin();
  await admin.connect();
  const { groups } = await admin.describeGroups([groupOf(gm)]);
  await admin.disconnect();
  const [group] = groups;
  return {
    state: group?.state ?? 'none',
    members: group?.members.map(({ clientId }) => clientId) ?? [],
  };
}

describePipeline('a member of a group', () => {
  it('never joins if it is stopped while it connects', async () => {
    await using gm = await createPipeline({ roles: 'none' });
    const consumer = member(gm, 'short');
    const starting = expect(consumer.start()).rejects.toThrow(StoreUnavailable);
    await consumer.stop();
    await starting;
    expect((await describeGroup(gm)).members).toEqual([]);
  });

  it('has left the group when it is stopped while it joins', async () => {
    await using gm = await createPipeline({ roles: 'none' });
    const fetched = deferred<undefined>();
    const released = deferred<undefined>();
    // Without a heartbeat it does not notice the rebalance, for which the other member waits.
    const busy = member(gm, 'busy', async (batch) => {
      fetched.resolve(undefined);
      await released.promise;
      batch.resolve(batch.logEnd);
    });
    await busy.start();
    const producer = gm.kafka.producer();
    await producer.connect();
    await producer.send({ topic: topicOf(gm), messages: [{ value: 'x' }] });
    await producer.disconnect();
    await fetched.promise;

    const short = member(gm, 'short');
    const starting = expect(short.start()).rejects.toThrow(StoreUnavailable);
    await until(async () => (await describeGroup(gm)).state === 'PreparingRebalance');
    const stopping = short.stop();
    released.resolve(undefined);
    await starting;
    await stopping;
    expect((await describeGroup(gm)).members).toEqual(['busy']);
    await busy.stop();
  });
});

describePipeline('a reader of a topic', () => {
  it('reads once Kafka is up after its first connection failed', async () => {
    await using gm = await createPipeline({ roles: 'none' });
    const proxy = await KafkaProxy.listen(gm.endpoints.kafka.brokers);
    try {
      const { brokers } = proxy;
      await using browser = new KafkaBrowser({ brokers }, { clientId: 'test', retries: 0 });
      const read = () => browser.fetcher(topicOf(gm)).fetch(new Map([[0, 0]]), 100);
      proxy.refuse(true);
      await expect(read()).rejects.toThrow(StoreUnavailable);
      proxy.refuse(false);
      expect(await read()).toEqual([]);
    } finally {
      await proxy.close();
    }
  });
});
