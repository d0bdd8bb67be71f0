import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ResourcePatternTypes,
  type Admin,
} from 'kafkajs';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { createGameMetrics, type Endpoints, type Failure } from '../../../../src/index.js';
import type { Role } from '../../../../src/pipeline/contract/roles.js';
import { topicName } from '../../../../src/pipeline/contract/topics.js';
import { startRoles } from '../../../../src/pipeline/roles.js';
import { prepareStores } from '../../../../src/pipeline/runtime/prepare.js';
import { createClients, type Clients } from '../../../../src/stores/clients.js';
import { KafkaAdmin } from '../../../../src/stores/kafka/admin.js';
import { score } from '../../../support/events.js';
import { saslKafka } from '../../../support/saslKafka.js';
import { until } from '../../../support/until.js';

const tool = process.env['GAMEMETRICS_TEST_KAFKA_TOOL'] ?? '';
const services = inject('services');

/** Kafka's ACLs: users without an ACL have no rights, and clients without SASL have all. */
const rules = `
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
allow.everyone.if.no.acl.found=false
`;

describe.skipIf(tool === '' || 'missing' in services)('a user of Kafka with few rights', () => {
  const data = join(mkdtempSync(join(tmpdir(), 'gamemetrics-test-')), 'kafka');
  let broker: ChildProcess;
  let clients: Clients;
  let admin: Admin;
  let restricted: Endpoints;
  let unrestricted: Endpoints;

  beforeAll(async () => {
    if ('missing' in services) throw new Error(services.missing);
    const printed = execFileSync(tool, ['start', '--sasl', '--data', data], { stdio: 'pipe' });
    execFileSync(tool, ['stop', '--data', data], { stdio: 'pipe' });
    appendFileSync(join(data, 'server.properties'), rules);
    broker = spawn(tool, ['cli', 'server-start', join(data, 'server.properties')], {
      stdio: 'ignore',
    });
    const value = (name: string): string =>
      new RegExp(`^${name}=(.*)$`, 'm').exec(printed.toString())?.[1] ?? '';
    const kafka = saslKafka({
      GAMEMETRICS_TEST_KAFKA: value('KAFKA_BOOTSTRAP_SERVERS'),
      GAMEMETRICS_TEST_KAFKA_SASL: value('KAFKA_SASL_SSL_BOOTSTRAP_SERVERS'),
      GAMEMETRICS_TEST_KAFKA_USERNAME: value('KAFKA_SASL_USERNAME'),
      GAMEMETRICS_TEST_KAFKA_PASSWORD: value('KAFKA_SASL_PASSWORD'),
      GAMEMETRICS_TEST_KAFKA_CA_FILE: value('KAFKA_SSL_CA_FILE'),
    });
    if (kafka === undefined) throw new Error('no broker');
    restricted = { ...services, kafka: kafka.encrypted };
    unrestricted = { ...services, kafka: kafka.open };
    clients = createClients(unrestricted);
    admin = clients.kafka.admin();
    await until(async () =>
      admin.connect().then(
        () => true,
        () => false,
      ),
    );
  });
  afterAll(async () => {
    await admin.disconnect();
    await clients.close();
    const ended = once(broker, 'exit');
    broker.kill('SIGKILL');
    await ended;
    rmSync(join(data, '..'), { recursive: true, force: true });
  });

  const grant = async (
    resourceType: AclResourceTypes,
    resourceName: string,
    ...operations: AclOperationTypes[]
  ): Promise<void> => {
    await admin.createAcls({
      acl: operations.map((operation) => ({
        resourceType,
        resourceName,
        resourcePatternType: ResourcePatternTypes.LITERAL,
        principal: 'User:gamemetrics',
        host: '*',
        operation,
        permissionType: AclPermissionTypes.ALLOW,
      })),
    });
  };

  const refusalOf = async (work: () => Promise<unknown>): Promise<Failure> =>
    work().then(
      () => expect.unreachable(),
      (error: unknown) => error as Failure,
    );

  const start = async (role: Role): Promise<unknown> =>
    startRoles({
      roles: [role],
      endpoints: restricted,
      http: { host: '127.0.0.1', port: 0 },
      log: pino({ level: 'silent' }),
    });

  it('gets the missing right and the command that grants it, until no right is missing', async () => {
    const creating = await refusalOf(async () => prepareStores(restricted, undefined));
    expect(creating).toMatchObject({ code: 'service_failed' });
    expect(creating.message).toMatch(
      'does not allow the user "gamemetrics" to create player.events.raw',
    );
    expect(creating.cure).toMatch(
      /kafka-topics\.sh --bootstrap-server \S+ --create --topic system\.dlq --partitions 1 --config retention\.ms=2592000000/,
    );

    await prepareStores(unrestricted, undefined);
    const unseen = await refusalOf(async () => start('logger'));
    expect(unseen).toMatchObject({ code: 'topics_missing' });
    expect(unseen.message).toMatch(
      'the user "gamemetrics" cannot see the topics player.events.raw',
    );

    await grant(AclResourceTypes.TOPIC, '*', AclOperationTypes.DESCRIBE);
    const silent = await refusalOf(async () => start('ingest'));
    expect(silent).toMatchObject({ code: 'service_failed' });
    expect(silent.message).toMatch('denies the user "gamemetrics" a permission on the cluster');
    expect(silent.cure).toMatch("--allow-principal 'User:gamemetrics' --operation IdempotentWrite");

    await grant(AclResourceTypes.TOPIC, '*', AclOperationTypes.READ, AclOperationTypes.WRITE);
    const groupless = await refusalOf(async () => start('logger'));
    expect(groupless).toMatchObject({ code: 'service_failed' });
    expect(groupless.message).toMatch(
      'denies the user "gamemetrics" a permission on a consumer group',
    );
    expect(groupless.cure).toMatch('--operation Read --group');

    await grant(AclResourceTypes.GROUP, '*', AclOperationTypes.READ);
    await using gm = await createGameMetrics({ stack: restricted });
    await gm.send(score('ann', 1));
    await gm.waitDrained();
    expect((await gm.verify()).differences).toEqual([]);
  });

  it('needs no right to describe the configuration of topics', async () => {
    await prepareStores(unrestricted, undefined);
    const restrictedAdmin = new KafkaAdmin(restricted.kafka, { clientId: 'test' });
    const names = [topicName(restricted.namespace, 'raw')];
    expect(await restrictedAdmin.minInsyncReplicas(names)).toBeUndefined();
    await grant(AclResourceTypes.TOPIC, '*', AclOperationTypes.DESCRIBE_CONFIGS);
    await expect
      .poll(async () => restrictedAdmin.minInsyncReplicas(names))
      .toEqual(new Map([[names[0], 1]]));
    await restrictedAdmin.close();
  });
});
