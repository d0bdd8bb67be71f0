import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { createGameMetrics, type GameMetrics } from '../../src/index.js';
import { prepareStores } from '../../src/pipeline/runtime/prepare.js';
import { ProcessFaults } from '../faults/processes.js';
import { score } from '../support/events.js';
import { until } from '../support/until.js';
import { recreateTopic } from './topic.js';

const players = Array.from({ length: 30 }, (_, index) => `player-${index}`);
let sent = 0;

/** Sends an event of each player the given number of times. */
async function send(gm: GameMetrics, times: number): Promise<void> {
  const events = Array.from({ length: times }, () =>
    players.map((player) => score(player, 2)),
  ).flat();
  const outcomes = await gm.send(...events);
  expect(outcomes.every(({ kind }) => kind === 'accepted')).toBe(true);
  sent += events.length;
}

async function expectAll(gm: GameMetrics): Promise<void> {
  await gm.waitDrained();
  const report = await gm.verify();
  expect(report.differences).toEqual([]);
  expect(report.compared.events).toBe(sent);
}

async function wipeBroker(gm: GameMetrics): Promise<void> {
  const { directory, processes } = gm.instance.state();
  const before = processes.find(({ name }) => name === 'broker')?.pid;
  const faults = new ProcessFaults([gm.instance]);
  faults.pause('broker');
  rmSync(join(directory, 'broker'), { recursive: true });
  faults.kill('broker');
  await until(() => {
    const broker = gm.instance.state().processes.find(({ name }) => name === 'broker');
    return broker?.state === 'ready' && broker.pid !== before;
  });
}

it('a replaced log is read from its start, whenever it was replaced', async () => {
  await using gm = await createGameMetrics({ stack: 'embedded' });
  sent = 0;
  await send(gm, 10);
  await expectAll(gm);

  // The topic is recreated while its consumers run: shorter, empty and longer than the read part.
  await recreateTopic(gm);
  await send(gm, 1);
  await expectAll(gm);
  await recreateTopic(gm);
  await expectAll(gm);
  await send(gm, 5);
  await expectAll(gm);
  await recreateTopic(gm);
  await send(gm, 20);
  await expectAll(gm);

  // The same while the consumers are stopped.
  await gm.stopRoles();
  await recreateTopic(gm);
  await gm.startRoles();
  await expectAll(gm);
  await send(gm, 30);
  await gm.stopRoles();
  await gm.startRoles();
  await expectAll(gm);

  // The data directory of the broker is deleted too.
  await wipeBroker(gm);
  await send(gm, 2);
  await expectAll(gm);
});

it('a lost PostgreSQL database is rebuilt from the log without a further event', async () => {
  await using gm = await createGameMetrics({ stack: 'embedded' });
  sent = 0;
  await send(gm, 5);
  await expectAll(gm);
  // Kafka still has the committed offsets of the groups, which are at the log end.
  await gm.stopRoles();
  await gm.query('DROP SCHEMA public CASCADE');
  await gm.query('CREATE SCHEMA public');
  await prepareStores(gm.endpoints);
  await gm.startRoles();
  await expectAll(gm);
  await send(gm, 1);
  await expectAll(gm);
});

it('Redis is rebuilt after any loss without a further event', async () => {
  await using gm = await createGameMetrics({ stack: 'embedded' });
  sent = 0;
  await send(gm, 3);
  await expectAll(gm);
  await gm.redis.flushall();
  await expectAll(gm);

  const keys = await gm.redis.keys('*');
  const old = await Promise.all(keys.map(async (key) => gm.redis.dumpBuffer(key)));
  await send(gm, 3);
  await expectAll(gm);
  await gm.redis.flushall();
  for (const [index, key] of keys.entries()) {
    await gm.redis.restore(key, 0, old[index] ?? Buffer.alloc(0));
  }
  await expectAll(gm);
});

it('a full Redis does not stop the rest of the pipeline', async () => {
  await using gm = await createGameMetrics({ stack: 'embedded' });
  sent = 0;
  await send(gm, 1);
  await expectAll(gm);
  await gm.redis.config('SET', 'maxmemory', '1');
  await send(gm, 3);
  await until(async () => (await gm.query('SELECT 1 FROM events')).length === sent);
  await gm.redis.config('SET', 'maxmemory', '0');
  await expectAll(gm);
});
