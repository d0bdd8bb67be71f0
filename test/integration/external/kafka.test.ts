import { connect } from 'node:net';

import { pino } from 'pino';
import { describe, expect, inject, it } from 'vitest';

import {
  endpointsToEnvironment,
  type Endpoints,
  type Environment,
} from '../../../src/config/endpoints.js';
import { createGameMetrics } from '../../../src/index.js';
import { startRoles } from '../../../src/pipeline/roles.js';
import { prepareStores } from '../../../src/pipeline/runtime/prepare.js';
import { createClients } from '../../../src/stores/clients.js';
import type { Failure } from '../../../src/util/failure.js';
import { CliFolder } from '../../support/cli.js';
import '../../support/provided.js';
import { refusalOf, type Refusal } from './support/refusal.js';
import { freePort, startFake } from './support/servers.js';

const check = async (env: Environment): Promise<Refusal | undefined> => refusalOf('kafka', env);

const shared = (): Endpoints => {
  const services = inject('services');
  if ('missing' in services) throw new Error(services.missing);
  return services;
};

/** A response to ApiVersions v0 with these (key, min, max), whatever the request was. */
function apiVersions(...apis: [number, number, number][]): Buffer {
  const body = Buffer.alloc(14 + 6 * apis.length);
  body.writeInt32BE(body.length - 4, 0);
  // The correlation id of the request, which equals its API key.
  body.writeInt32BE(18, 4);
  body.writeInt32BE(apis.length, 10);
  apis.flat().forEach((number, index) => body.writeInt16BE(number, 14 + 2 * index));
  return body;
}

describe('the check of Kafka', () => {
  it('passes for a working Kafka', async () => {
    expect(await check(endpointsToEnvironment(shared()))).toBeUndefined();
  });

  it('reports the reason for an unreachable address or a server that is not Kafka', async () => {
    const ports = [await freePort(), await freePort()];
    const away = await check({
      KAFKA_BOOTSTRAP_SERVERS: ports.map((p) => `127.0.0.1:${p}`).join(),
    });
    expect(away).toMatchObject({ code: 18 });
    expect(away?.message).toBe(
      ports
        .map((port) => `cannot reach Kafka at 127.0.0.1:${port} (connection refused)`)
        .join(', '),
    );
    // An isolated pipeline fails too, since it could not clean up its topics on that Kafka.
    const kafka = { brokers: [`127.0.0.1:${ports[0]}`] };
    await expect(
      createGameMetrics({ stack: { ...shared(), kafka }, isolated: true }),
    ).rejects.toThrow(`cannot reach Kafka at 127.0.0.1:${ports[0]} (connection refused)`);
    const unknown = await check({ KAFKA_BOOTSTRAP_SERVERS: 'nobody.invalid:9092' });
    expect(unknown?.message).toMatch(
      /nobody\.invalid:9092 \((no such host|the host name cannot be)/,
    );
    const web = await startFake((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const strange = await check({ KAFKA_BOOTSTRAP_SERVERS: `127.0.0.1:${web}` });
    expect(strange).toMatchObject({ code: 18 });
    expect(strange?.message).toMatch(`Kafka at 127.0.0.1:${web} does not respond like Kafka`);
  });

  it('times out for a Kafka that does not respond', async () => {
    const silent = await startFake(() => undefined);
    const refusal = await check({ KAFKA_BOOTSTRAP_SERVERS: `127.0.0.1:${silent}` });
    expect(refusal).toMatchObject({ code: 18 });
    expect(refusal?.seconds).toBeLessThan(15);
  });

  it('passes if one of several brokers responds', async () => {
    const { kafka } = shared();
    const brokers = [`127.0.0.1:${await freePort()}`, ...kafka.brokers].join();
    expect(await check({ KAFKA_BOOTSTRAP_SERVERS: brokers })).toBeUndefined();
  });

  it('reports that a Kafka without SASL does not accept a user', async () => {
    const refusal = await check({
      ...endpointsToEnvironment(shared()),
      KAFKA_SECURITY_PROTOCOL: '',
      KAFKA_USERNAME: 'u',
      KAFKA_PASSWORD: 'p',
    });
    expect(refusal).toMatchObject({ code: 18 });
    expect(refusal?.message).toMatch('does not use SASL on that port');
    expect(refusal?.cure).toMatch('KAFKA_SECURITY_PROTOCOL to PLAINTEXT');
  });

  it('rejects a Kafka that is too old', async () => {
    const port = await startFake((socket) => {
      socket.once('data', () => socket.write(apiVersions([0, 0, 2], [18, 0, 0])));
    });
    const refusal = await check({ KAFKA_BOOTSTRAP_SERVERS: `127.0.0.1:${port}` });
    expect(refusal).toMatchObject({ code: 18, cure: 'Use Kafka 0.11 or newer.' });
    expect(refusal?.message).toMatch('is too old: it lacks version 3 of Produce');
  });

  it('distinguishes an unreachable advertised address from an unreachable bootstrap server', async () => {
    // A tunnel that changes the port in the advertised address of the broker.
    const { kafka } = shared();
    const [host = '', port] = (kafka.brokers[0] ?? '').split(':');
    const closedPort = await freePort();
    const tunnel = await startFake((socket) => {
      const upstream = connect({ host, port: Number(port) });
      upstream.on('error', () => socket.destroy());
      upstream.on('data', (data: Buffer) => {
        const at = data.indexOf(host);
        const portAt = at === -1 ? -1 : data.indexOf(Buffer.from(int32(Number(port))), at);
        if (portAt !== -1) data.writeInt32BE(closedPort, portAt);
        socket.write(data);
      });
      socket.pipe(upstream);
    });
    const refusal = await check({ KAFKA_BOOTSTRAP_SERVERS: `127.0.0.1:${tunnel}` });
    expect(refusal).toMatchObject({ code: 18 });
    expect(refusal?.message).toMatch(
      `Kafka advertises a broker at 127.0.0.1:${closedPort}, which cannot be reached (connection refused)`,
    );
    expect(refusal?.cure).toMatch('advertised.listeners');
  });
});

describe('the check of topics', () => {
  const namespaced = (name: string): Endpoints => ({
    ...shared(),
    namespace: `${name}-${process.pid}.`,
  });

  it('prevents a role from starting if a topic is missing', async () => {
    const endpoints = namespaced('missing');
    const log = pino({ level: 'silent' });
    const http = { host: '127.0.0.1', port: 0 };
    await expect(startRoles({ roles: ['ingest'], endpoints, http, log })).rejects.toMatchObject({
      code: 'topics_missing',
      message: expect.stringMatching(
        `this client cannot see the topics ${endpoints.namespace}player.events.raw`,
      ) as string,
    });
  });

  it('reports a topic with too few partitions and the command that fixes it, and accepts more', async () => {
    const endpoints = namespaced('narrow');
    const topic = `${endpoints.namespace}player.events.raw`;
    const clients = createClients(endpoints);
    const admin = clients.kafka.admin();
    try {
      await admin.connect();
      await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] });
      const refused: Failure = await prepareStores(endpoints, undefined).then(
        () => expect.unreachable(),
        (error: unknown) => error as Failure,
      );
      expect(refused.code).toBe('service_failed');
      expect(refused.message).toMatch(`topic ${topic} has 1 partition, not 3`);
      expect(refused.cure).toMatch('GAMEMETRICS_PARTITIONS=1');
      expect(refused.cure).toMatch(`--alter --topic ${topic} --partitions 3`);
      await prepareStores(endpoints, { partitions: 1 });
      const { topics } = await admin.fetchTopicMetadata({
        topics: [`${endpoints.namespace}player.statistics`],
      });
      expect(topics[0]?.partitions).toHaveLength(1);
    } finally {
      const topics = await admin.listTopics();
      await admin.deleteTopics({
        topics: topics.filter((name) => name.startsWith(endpoints.namespace)),
      });
      await admin.disconnect();
      await clients.close();
    }
  });
});

it('up and run report all problems at once, with exit code 18 and without a password', async () => {
  await using folder = new CliFolder({
    GAMEMETRICS_STACK: 'auto',
    KAFKA_BOOTSTRAP_SERVERS: `127.0.0.1:${await freePort()}`,
    DATABASE_URL: `postgres://user:hunter2@127.0.0.1:${await freePort()}/db`,
    REDIS_URL: `redis://:hunter2@127.0.0.1:${await freePort()}`,
  });
  const up = await folder.run('up');
  expect(up.code).toBe(18);
  for (const service of ['Kafka', 'PostgreSQL', 'Redis']) {
    expect(up.stderr).toMatch(`cannot reach ${service} at 127.0.0.1:`);
  }
  expect(up.stderr).toMatch('--stack embedded');
  const run = await folder.run('run', 'logger');
  expect(run.code).toBe(18);
  expect(run.stderr).toMatch('cannot reach Kafka at 127.0.0.1:');
  const migrate = await folder.run('run', 'migrate');
  expect(migrate.code).toBe(18);
  expect(migrate.stderr).toMatch('cannot reach PostgreSQL at 127.0.0.1:');
  for (const { stdout, stderr } of [up, run, migrate]) {
    expect(stdout + stderr).not.toMatch('hunter2');
  }
});

function int32(value: number): number[] {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return [...buffer];
}
