import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Kafka, logLevel } from 'kafkajs';
import { onTestFinished } from 'vitest';

import { startBroker, type Broker, type BrokerOptions } from '../../../../src/broker/broker.js';
import { RawClient } from './rawClient.js';

/** A temporary directory, removed after the test. */
export function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'broker-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A broker for one test, stopped after it. */
export async function testBroker(options: Partial<BrokerOptions> = {}): Promise<Broker> {
  const broker = await startBroker({ port: 0, dataDir: options.dataDir ?? tempDir(), ...options });
  onTestFinished(() => broker.stop());
  return broker;
}

export async function rawClient(port: number): Promise<RawClient> {
  const client = await RawClient.connect(port);
  onTestFinished(() => client.close());
  return client;
}

export function kafkaClient(address: string): Kafka {
  return new Kafka({ clientId: 'test', brokers: [address], logLevel: logLevel.NOTHING });
}
