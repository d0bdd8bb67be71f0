import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { expect, it } from 'vitest';

import type { DependencyReport } from '../../src/pipeline/ingest/http/health.js';
import { startRoles, type RunningRoles } from '../../src/pipeline/roles.js';
import { GroupConsumer } from '../../src/stores/kafka/consumer.js';
import { TcpProxy } from '../faults/tcpProxy.js';
import { event } from '../support/events.js';
import { createPipeline, describePipeline } from '../support/pipeline.js';
import { until } from '../support/until.js';

/** Whether a role waits for a store, as /readyz reports. */
async function waits({ url }: RunningRoles, role: string): Promise<boolean> {
  const answer = await fetch(`${url}/readyz`);
  const { dependencies } = (await answer.json()) as { dependencies: DependencyReport[] };
  return dependencies.some(({ name, ready }) => name === role && !ready);
}

describePipeline('a consumer', () => {
  it('stops waiting for a store when its partition moves to another member', async () => {
    await using gm = await createPipeline({ roles: 'none' });
    const { endpoints } = gm;
    const topic = `${endpoints.namespace}player.events.raw`;
    const proxy = await TcpProxy.listen({ target: () => endpoints.redis });
    const roles = await startRoles({
      roles: ['statistics'],
      endpoints: { ...endpoints, redis: { ...endpoints.redis, ...proxy.address } },
      http: { host: '127.0.0.1', port: 0 },
      log: pino({ level: 'silent' }),
    });
    // The first of the members, sorted by name, gets partitions 0 and 2 of the three.
    const rival = new GroupConsumer(endpoints.kafka, {
      clientId: '0',
      groupId: `${endpoints.namespace}stats-aggregator-group`,
      topic,
      concurrency: 3,
      onBatch: (batch) => {
        batch.resolve(batch.logEnd);
        return Promise.resolve();
      },
    });
    try {
      proxy.refuse(true);
      const producer = gm.kafka.producer();
      await producer.connect();
      const ingested_at = new Date().toISOString();
      const value = JSON.stringify({ event_id: uuidv7(), ...event(), ingested_at });
      await producer.send({ topic, messages: [{ partition: 0, key: 'player-1', value }] });
      await producer.disconnect();
      await until(async () => waits(roles, 'statistics'));

      await rival.start();
      expect(rival.assignment?.partitions).toContain(0);
      await until(async () => !(await waits(roles, 'statistics')));
    } finally {
      await rival.stop();
      await roles.stop();
      await proxy.close();
    }
  });
});
