import { afterAll, beforeAll, expect, it } from 'vitest';

import { createGameMetrics, type GameMetrics } from '../../src/index.js';
import { StoreUnavailable } from '../../src/stores/errors.js';
import { KafkaAdmin } from '../../src/stores/kafka/admin.js';
import { KafkaProxy } from '../faults/kafkaProxy.js';
import { seededRandom } from '../faults/random.js';
import { until } from '../support/until.js';

const random = seededRandom(1);
let gm: GameMetrics;
let proxy: KafkaProxy;

beforeAll(async () => {
  gm = await createGameMetrics({ stack: 'embedded', roles: 'none' });
  proxy = await KafkaProxy.listen(gm.endpoints.kafka.brokers);
});
afterAll(async () => {
  await proxy.close();
  await gm.stop();
});

function createAdmin(): KafkaAdmin {
  return new KafkaAdmin({ brokers: proxy.brokers }, { clientId: 'test' });
}

/** Retries a call: it fails once per broken connection, and the next call opens a new one. */
async function retry(admin: KafkaAdmin): Promise<number> {
  let partitions = 0;
  await until(async () => {
    try {
      partitions = (await admin.logRanges('player.events.raw')).length;
      return true;
    } catch (error) {
      if (error instanceof StoreUnavailable) return false;
      throw error;
    }
  });
  return partitions;
}

it('a client stays behind the proxy regardless of the advertised address', async () => {
  const admin = createAdmin();
  expect(await retry(admin)).toBe(3);
  expect(proxy.connections).toBeGreaterThan(0);
  proxy.cut(1, random);
  proxy.refuse(true);
  await expect(admin.logRanges('player.events.raw')).rejects.toThrow(StoreUnavailable);
  proxy.refuse(false);
  expect(await retry(admin)).toBe(3);
  await admin.close();
});

it.each([1, 3, 5, 20, 60])(
  'kafkajs continues after a response that was truncated after %i bytes',
  async (bytes) => {
    const admin = createAdmin();
    await retry(admin);
    proxy.truncateAnswers(1, bytes, random);
    for (let call = 0; call < 5; call += 1) expect(await retry(admin)).toBe(3);
    await admin.close();
  },
);
