import { expect, test } from 'vitest';

import { apis } from '../../../src/broker/apis/registry.js';
import { allVersions, exerciseEveryVersion } from './support/everyVersion.js';
import { rawClient, testBroker } from './support/testBroker.js';

test('the broker supports every version that it advertises', async () => {
  const broker = await testBroker();
  const client = await rawClient(broker.port);
  const spoken = new Set<number>();
  await exerciseEveryVersion(
    client,
    (api) => {
      spoken.add(api.key);
      return allVersions(api);
    },
    'every-',
  );
  expect([...spoken].sort()).toEqual(apis.map(({ key }) => key).sort());
});
