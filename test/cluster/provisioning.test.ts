import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { endpointsToEnvironment } from '../../src/config/endpoints.js';
import { examineReplication } from '../../src/diagnostics/doctor/replication.js';
import { createGameMetrics, type Endpoints, type GameMetrics } from '../../src/index.js';
import { topicName, topics, type TopicKey } from '../../src/pipeline/contract/topics.js';
import { createTopics, prepareStores } from '../../src/pipeline/runtime/prepare.js';
import { clusterReplication } from '../../src/pipeline/runtime/replication.js';
import {
  readReplication,
  replicationFactorOf,
} from '../../src/pipeline/runtime/replicationReport.js';
import { StoreUnavailable } from '../../src/stores/errors.js';
import { KafkaAdmin } from '../../src/stores/kafka/admin.js';
import { CliFolder } from '../support/cli.js';
import { until } from '../support/until.js';
import { clusterTool, skipNote } from './support/clusterTool.js';
import { KafkaCluster } from './support/kafkaCluster.js';

const keys = Object.keys(topics) as TopicKey[];

describe.skipIf(clusterTool === '')(`topics on three brokers${skipNote}`, () => {
  let cluster: KafkaCluster;
  let servers: GameMetrics;
  let services: Endpoints;
  let admin: KafkaAdmin;
  beforeAll(async () => {
    // The default of the cluster is lower than the required replication of the topics.
    cluster = await KafkaCluster.start(clusterTool, 1);
    servers = await createGameMetrics({ stack: 'embedded', roles: 'none' });
    services = { ...servers.endpoints, kafka: { brokers: cluster.brokers } };
    admin = new KafkaAdmin(services.kafka, { clientId: 'test' });
  });
  afterAll(async () => {
    await admin.close();
    await servers.stop();
    await cluster[Symbol.asyncDispose]();
  });

  /** The same services with separate topics for one test. */
  const named = (name: string): Endpoints => ({ ...services, namespace: `${name}.` });

  /** The replication of each existing topic. */
  async function found(place: Endpoints): Promise<Record<string, readonly (number | undefined)[]>> {
    const { topics: replicated } = await readReplication(admin, place);
    return Object.fromEntries(
      replicated.map((topic) => [
        topic.name,
        [topic.partitions.length, replicationFactorOf(topic), topic.minInsyncReplicas],
      ]),
    );
  }

  /** Waits until all topics exist with the given replicas; brokers learn of them one by one. */
  async function expectTopics(
    place: Endpoints,
    replicationFactor: number,
    minInsyncReplicas: number,
  ): Promise<void> {
    const expected = keys.map((key) => [
      topicName(place.namespace, key),
      [topics[key].partitions, replicationFactor, minInsyncReplicas],
    ]);
    await expect
      .poll(async () => found(place), { timeout: 60_000 })
      .toEqual(Object.fromEntries(expected));
  }

  /** The warnings of a start; waits until they name `count` topics. */
  async function warningsOf(place: Endpoints, count: number): Promise<readonly string[]> {
    let warnings: readonly string[] = [];
    await until(async () => {
      warnings = (await prepareStores(place, {})).warnings;
      return warnings.length === count;
    });
    return warnings;
  }

  /** Undefined if the broker that was asked has just stopped. */
  async function aliveBrokers(): Promise<number | undefined> {
    try {
      return (await admin.describeCluster()).brokers.length;
    } catch (error) {
      if (error instanceof StoreUnavailable) return undefined;
      throw error;
    }
  }

  /** Runs work while one broker is down and restarts the broker even if the work fails. */
  async function without(id: number, work: () => Promise<void>): Promise<void> {
    await cluster.kill(id);
    try {
      await until(async () => (await aliveBrokers()) === 2, 60_000);
      await work();
    } finally {
      await cluster.restart(id);
      await cluster.waitUntilInSync();
    }
  }

  it('get a replica on a broker that is down rather than one replica less', async () => {
    const place = named('down');
    // No topic exists yet that would reveal the third broker, and only one address is configured.
    const one = { ...place, kafka: { brokers: cluster.brokers.slice(0, 1) } };
    await without(3, async () => {
      await createTopics(one, {});
      await expectTopics(place, 3, 2);
    });
  });

  it('get three replicas, of which two must be in sync', async () => {
    const place = named('usual');
    const { replicationFactor, minInsyncReplicas } = clusterReplication;
    expect((await prepareStores(place, {})).warnings).toEqual([]);
    await expectTopics(place, replicationFactor, minInsyncReplicas);
    expect((await prepareStores(place, {})).warnings).toEqual([]);
    expect(await examineReplication({ admin }, place, {})).toMatchObject({ state: 'ok' });
  });

  it.each([
    [{ replicationFactor: 1 }, 1, 1],
    [{ minInsyncReplicas: 1 }, 3, 1],
    [{ replicationFactor: 3, minInsyncReplicas: 3 }, 3, 3],
  ])('get the requested settings: %o', async (settings, replicationFactor, minInsyncReplicas) => {
    const place = named(`asked${replicationFactor}${minInsyncReplicas}`);
    await createTopics(place, settings);
    await expectTopics(place, replicationFactor, minInsyncReplicas);
  });

  it('are rejected if they require more replicas than there are brokers', async () => {
    await expect(createTopics(named('many'), { replicationFactor: 4 })).rejects.toMatchObject({
      code: 'service_failed',
      message: expect.stringContaining(
        'has too few brokers to create a topic with replication factor 4: 3 are alive',
      ) as string,
    });
    await expect(createTopics(named('many'), { minInsyncReplicas: 4 })).rejects.toMatchObject({
      code: 'invalid_setting',
    });
  });

  it('with fewer replicas are not changed and are reported', async () => {
    const place = named('less');
    await createTopics(place, { replicationFactor: 1 });
    const warnings = await warningsOf(place, keys.length);
    expect(warnings[0]).toContain(
      'topic less.player.events.raw has replication factor 1, not 3; min.insync.replicas 1, not 2. Run: kafka-reassign-partitions.sh',
    );
    await expectTopics(place, 1, 1);
    expect(await examineReplication({ admin }, place, {})).toMatchObject({
      state: 'warning',
      detail: expect.stringContaining('replication factor 1, not 3') as string,
      cure: expect.stringContaining('kafka-reassign-partitions.sh') as string,
    });
    const asked = { replicationFactor: 1 };
    expect((await prepareStores(place, asked)).warnings).toEqual([]);
    expect(await examineReplication({ admin }, place, asked)).toMatchObject({ state: 'ok' });
  });

  it('with out-of-sync replicas are reported, as are those that reject writes', async () => {
    const usual = named('sync');
    const strict = named('strict');
    await createTopics(usual, {});
    await createTopics(strict, { minInsyncReplicas: 3 });
    await without(2, async () => {
      await expect
        .poll(async () => examineReplication({ admin }, usual, {}), { timeout: 30_000 })
        .toMatchObject({
          state: 'warning',
          detail: '11 of 11 partitions are under-replicated: broker 2 not in sync',
        });
      await expect
        .poll(async () => examineReplication({ admin }, strict, {}), { timeout: 30_000 })
        .toMatchObject({
          state: 'failed',
          detail: expect.stringContaining(
            'Kafka rejects writes to strict.player.events.raw 0',
          ) as string,
        });
    });
    expect(await examineReplication({ admin }, usual, {})).toMatchObject({ state: 'ok' });
  });

  it('are recreated with the right settings after a deletion, even while a broker is down', async () => {
    const place = named('again');
    // The topic ids, by which the recreated topics are distinguished from these.
    await createTopics(place, { replicationFactor: 1 });
    await using gm = await createGameMetrics({ stack: place });
    await without(1, async () => {
      await admin.deleteTopics(keys.map((key) => topicName(place.namespace, key)));
      await expectTopics(gm.endpoints, 3, 2);
    });
  });

  it('are recreated with the settings of the flags of up', async () => {
    const place = named('flags');
    await createTopics(place, { replicationFactor: 1 });
    await expectTopics(place, 1, 1);
    await using folder = new CliFolder({
      ...endpointsToEnvironment(place),
      GAMEMETRICS_STACK: 'external',
    });
    const up = await folder.run('up', '--detach', '--replication-factor=2');
    expect(up).toMatchObject({ code: 0 });
    expect(up.stdout).toContain(
      '\nwarning: topic flags.player.events.raw has replication factor 1, not 2. Run: ',
    );
    await admin.deleteTopics(keys.map((key) => topicName(place.namespace, key)));
    await expectTopics(place, 2, 1);

    const migrate = await folder.run('run', 'migrate', '--json');
    expect(migrate).toMatchObject({ code: 0, stderr: '' });
    const { warnings } = JSON.parse(migrate.stdout) as { warnings: string[] };
    expect(warnings).toHaveLength(keys.length);
    const asText = await folder.run('run', 'migrate');
    expect(asText.stderr).toMatch(/^warning: topic flags\.player\.events\.raw has /);
  });
});
