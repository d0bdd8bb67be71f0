import { CompressionTypes, type Message } from 'kafkajs';
import { describe, expect, onTestFinished, test } from 'vitest';

import { createTopic, produceTo } from './support/requests.js';
import { kafkaClient, rawClient, testBroker } from './support/testBroker.js';

/** All records of a topic, as a consumer receives them. */
async function consume(address: string, topic: string, count: number) {
  const consumer = kafkaClient(address).consumer({ groupId: `reader-of-${topic}` });
  onTestFinished(() => consumer.disconnect());
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const got: { key: string | null; value: string | null; headers: Record<string, string> }[] = [];
  await new Promise<void>((resolve, reject) => {
    consumer.on('consumer.crash', ({ payload }) => reject(payload.error));
    void consumer.run({
      eachMessage({ message }) {
        const headers = Object.entries(message.headers ?? {}).map(([name, value]) => [
          name,
          String(value),
        ]);
        got.push({
          key: message.key?.toString() ?? null,
          value: message.value?.toString() ?? null,
          headers: Object.fromEntries(headers) as Record<string, string>,
        });
        if (got.length === count) resolve();
        return Promise.resolve();
      },
    });
  });
  return got;
}

describe('records written and read by kafkajs', () => {
  test.each([
    ['plain', CompressionTypes.None],
    ['gzip', CompressionTypes.GZIP],
  ])('%s records keep keys, values, headers, nulls and tombstones', async (_name, compression) => {
    const { address } = await testBroker();
    const producer = kafkaClient(address).producer({ idempotent: true, maxInFlightRequests: 1 });
    onTestFinished(() => producer.disconnect());
    await producer.connect();
    const messages: Message[] = [
      { key: 'k', value: 'v', headers: { event_type: 'level_up', other: 'ü' } },
      { key: null, value: 'no key' },
      { key: 'tombstone', value: null },
      { key: '', value: '' },
    ];
    await producer.send({ topic: 't', compression, messages });
    expect(await consume(address, 't', 4)).toEqual([
      { key: 'k', value: 'v', headers: { event_type: 'level_up', other: 'ü' } },
      { key: null, value: 'no key', headers: {} },
      { key: 'tombstone', value: null, headers: {} },
      { key: '', value: '', headers: {} },
    ]);
  });

  test('a message at the size limit is accepted, and a larger one is rejected', async () => {
    const { address } = await testBroker();
    const producer = kafkaClient(address).producer({ retry: { retries: 0 } });
    onTestFinished(() => producer.disconnect());
    await producer.connect();
    const send = (size: number) =>
      producer.send({ topic: 't', messages: [{ key: null, value: Buffer.alloc(size, 'x') }] });
    await send(1_048_588 - 75);
    await expect(send(1_048_588)).rejects.toMatchObject({ type: 'MESSAGE_TOO_LARGE' });
    const [got] = await consume(address, 't', 1);
    expect(got?.value).toHaveLength(1_048_588 - 75);
  });

  test('100,000 messages in many batches arrive in order', async () => {
    const { address } = await testBroker();
    const producer = kafkaClient(address).producer({ idempotent: true, maxInFlightRequests: 1 });
    onTestFinished(() => producer.disconnect());
    await producer.connect();
    for (let first = 0; first < 100_000; first += 2000) {
      const messages = Array.from({ length: 2000 }, (_, index) => ({ value: `${first + index}` }));
      await producer.send({ topic: 't', messages });
    }
    const got = await consume(address, 't', 100_000);
    expect(got.every(({ value }, index) => value === String(index))).toBe(true);
  });
});

describe('idempotence', () => {
  const batch = { values: ['a'], producerId: 77, producerEpoch: 0 };

  test('a duplicate batch keeps its first offset, and a gap or an old epoch is rejected', async () => {
    const client = await rawClient((await testBroker()).port);
    await createTopic(client, 't');
    await produceTo(client, 't', { values: ['other'] });
    const send = (baseSequence: number, producerEpoch = 0) =>
      produceTo(client, 't', { ...batch, baseSequence, producerEpoch });
    expect(await send(0)).toMatchObject({ errorCode: 0, baseOffset: 1 });
    expect(await send(1)).toMatchObject({ errorCode: 0, baseOffset: 2 });
    expect(await send(0)).toMatchObject({ errorCode: 0, baseOffset: 1 });
    expect(await send(5)).toMatchObject({ errorCode: 45 });
    expect(await send(0, 1)).toMatchObject({ errorCode: 0, baseOffset: 3 });
    expect(await send(2)).toMatchObject({ errorCode: 47 });
  });

  test('duplicates are detected after a restart, and producer ids are never reused', async () => {
    const first = await testBroker();
    const client = await rawClient(first.port);
    await createTopic(client, 't');
    await produceTo(client, 't', { ...batch, baseSequence: 0 });
    await first.stop();
    const second = await testBroker({ dataDir: first.dataDir });
    const again = await rawClient(second.port);
    const sent = await produceTo(again, 't', { ...batch, baseSequence: 0 });
    expect(sent).toMatchObject({ errorCode: 0, baseOffset: 0 });
  });
});
