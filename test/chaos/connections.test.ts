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

/** Asks until it is answered: a broken connection is said once, and the next call makes a new one. */
async function ask(admin: KafkaAdmin): Promise<number> {
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

it('a client stays behind the proxy, whatever address the broker tells', async () => {
  const admin = createAdmin();
  expect(await ask(admin)).toBe(3);
  expect(proxy.connections).toBeGreaterThan(0);
  proxy.cut(1, random);
  proxy.refuse(true);
  await expect(admin.logRanges('player.events.raw')).rejects.toThrow(StoreUnavailable);
  proxy.refuse(false);
  expect(await ask(admin)).toBe(3);
  await admin.close();
});

it.each([1, 3, 5, 20, 60])(
  'kafkajs reads on after an answer that broke off after %i bytes',
  async (bytes) => {
    const admin = createAdmin();
    await ask(admin);
    proxy.truncateAnswers(1, bytes, random);
    for (let call = 0; call < 5; call += 1) expect(await ask(admin)).toBe(3);
    await admin.close();
  },
);
