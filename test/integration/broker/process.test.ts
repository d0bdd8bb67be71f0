import { existsSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { childBroker, forkBroker } from './support/childBroker.js';
import * as messages from './support/messages.js';
import { RawClient } from './support/rawClient.js';
import { createTopic, fetchRequest, produceTo, recordsOf } from './support/requests.js';
import { rawClient, tempDir, testBroker } from './support/testBroker.js';

/** All bytes of one partition. */
async function readAll(client: RawClient, topic: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let offset = 0; ;) {
    const answer = await client.call(messages.fetch, 11, fetchRequest(topic, offset));
    const [partition] = answer.responses[0]?.partitions ?? [];
    const bytes = recordsOf(partition);
    if (bytes.length === 0) return Buffer.concat(pieces);
    pieces.push(bytes);
    for (let at = 0; at < bytes.length; at += bytes.readInt32BE(at + 8) + 12) {
      offset = Number(bytes.readBigInt64BE(at)) + bytes.readInt32BE(at + 23) + 1;
    }
  }
}

describe('kill -9', () => {
  test('during a load loses and duplicates no acknowledged record', async () => {
    const dataDir = tempDir();
    let broker = await childBroker(dataDir);
    // Small segments, so that some kills happen while a segment is being sealed.
    await createTopic(await rawClient(broker.port), 't', 1, { 'segment.bytes': '1000' });
    const acknowledged: string[] = [];
    let sequence = 0;
    for (let round = 0; round < 5; round += 1) {
      const client = await rawClient(broker.port);
      // Retries with the same sequence after each kill, as an idempotent producer does.
      const produce = async (): Promise<void> => {
        const value = `record-${sequence}.`;
        const batch = { producerId: 1, producerEpoch: 0, baseSequence: sequence };
        const answer = await produceTo(client, 't', { values: [value], ...batch });
        expect(answer).toMatchObject({ errorCode: 0, baseOffset: sequence });
        acknowledged.push(value);
        sequence += 1;
      };
      const target = acknowledged.length + 300;
      while (acknowledged.length < target) await produce();
      const dying = produce().then(
        () => true,
        () => false,
      );
      await broker.end('SIGKILL');
      await dying;
      broker = await childBroker(dataDir);
    }
    const stored = await readAll(await rawClient(broker.port), 't');
    const values = stored.toString('latin1').match(/record-\d+\./g) ?? [];
    expect(values.slice(0, acknowledged.length)).toEqual(acknowledged);
    expect(values.length - acknowledged.length).toBeLessThanOrEqual(1);
  });

  test('leaves a lock that the next broker takes over', async () => {
    const dataDir = tempDir();
    const broker = await childBroker(dataDir);
    await broker.end('SIGKILL');
    expect(existsSync(join(dataDir, 'lock'))).toBe(true);
    await testBroker({ dataDir });
  });
});

describe('the process', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('stops cleanly on %s', async (signal) => {
    const dataDir = tempDir();
    const broker = await childBroker(dataDir);
    const client = await rawClient(broker.port);
    await createTopic(client, 't');
    await produceTo(client, 't', { values: ['a'] });
    client.send(messages.fetch, 11, fetchRequest('t', 1, { maxWaitMs: 60_000 }));
    expect(await broker.end(signal)).toBe(0);
    expect(existsSync(join(dataDir, 'lock'))).toBe(false);
    const next = await testBroker({ dataDir });
    expect(await readAll(await rawClient(next.port), 't')).toHaveLength(69);
  });

  test('stops when its parent closes the channel', async () => {
    const dataDir = tempDir();
    const broker = await childBroker(dataDir);
    const ended = new Promise((resolve) => broker.process.once('exit', resolve));
    broker.process.disconnect();
    expect(await ended).toBe(0);
  });

  test.each([
    ['a port that is in use', 'LISTEN_FAILED'],
    ['a data directory that is in use', 'DATA_DIR_LOCKED'],
    ['a data directory of another version', 'DATA_DIR_UNUSABLE'],
  ])('reports %s', async (_name, code) => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
    const taken = (server.address() as AddressInfo).port;
    const dataDir = tempDir();
    if (code === 'DATA_DIR_LOCKED') await testBroker({ dataDir });
    if (code === 'DATA_DIR_UNUSABLE') writeFileSync(join(dataDir, 'format.json'), '{"format":99}');
    const port = code === 'LISTEN_FAILED' ? taken : 0;
    const { child, message } = await forkBroker(['--port', String(port), '--data', dataDir]);
    expect(message).toMatchObject({ type: 'failed', code });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    expect(child.exitCode ?? (await ended)).toBe(18);
  });
});
