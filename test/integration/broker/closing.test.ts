import { setTimeout as sleep } from 'node:timers/promises';

import { expect, it } from 'vitest';

import { StoreUnavailable } from '../../../src/stores/errors.js';
import { KafkaAdmin } from '../../../src/stores/kafka/admin.js';
import { until } from '../../support/until.js';
import { testBroker } from './support/testBroker.js';

it.each([0, 1, 3, 10])(
  'a client that closes %i ms after its first request leaves no connection open',
  async (ms) => {
    const broker = await testBroker();
    const admin = new KafkaAdmin({ brokers: [broker.address] }, { clientId: 'test' });
    const answers = Promise.all([admin.partitionCounts([]), admin.deleteTopics(['none'])]);
    await sleep(ms);
    await admin.close();
    await expect(answers).resolves.toEqual([new Map(), undefined]);
    await expect(admin.partitionCounts([])).rejects.toThrow(StoreUnavailable);
    // A leaked connection stays open until the process ends.
    await until(() => !process.getActiveResourcesInfo().includes('TCPSocketWrap'), 30_000);
  },
);
