import { KafkaContainer } from '@testcontainers/kafka';
import { PostgreSqlContainer } from '@testcontainers/postgresql';
import { RedisContainer } from '@testcontainers/redis';
import { Wait, type GenericContainer } from 'testcontainers';

import { postgresAccount, type ContainerSpec } from './spec.js';

const startupTimeoutMs = 120_000;

/** The ports inside the containers, as in testcontainers' modules. */
const innerPorts = { broker: 9093, redis: 6379, postgres: 5432 } as const;

/**
 * The container of a server, for testcontainers: with a fixed host port and its data in a volume.
 */
export function containerOf(spec: ContainerSpec): GenericContainer {
  const make = { broker: brokerContainer, redis: redisContainer, postgres: postgresContainer };
  return (
    make[spec.server](spec)
      .withName(spec.name)
      .withLabels(spec.labels)
      .withStartupTimeout(startupTimeoutMs)
      // The sidecar removes it; testcontainers' reaper would also remove it while a laptop sleeps.
      .withReuse()
  );
}

class Redis extends RedisContainer {
  readonly #spec: ContainerSpec;

  constructor(spec: ContainerSpec) {
    super(spec.image);
    this.#spec = spec;
  }

  protected override beforeContainerCreated(): Promise<void> {
    this.hostConfig.PortBindings = publish(this.#spec);
    return Promise.resolve();
  }
}

class Postgres extends PostgreSqlContainer {
  readonly #spec: ContainerSpec;

  constructor(spec: ContainerSpec) {
    super(spec.image);
    this.#spec = spec;
  }

  protected override beforeContainerCreated(): Promise<void> {
    this.hostConfig.PortBindings = publish(this.#spec);
    return Promise.resolve();
  }
}

/**
 * The module starts a shell that waits for a script with the port that was chosen for Kafka. Here
 * the port is known in advance, and without that shell the stop signal reaches Kafka.
 */
class Broker extends KafkaContainer {
  readonly #spec: ContainerSpec;

  constructor(spec: ContainerSpec) {
    super(spec.image);
    this.#spec = spec;
  }

  protected override async beforeContainerCreated(): Promise<void> {
    await super.beforeContainerCreated();
    const { host, port } = this.#spec;
    this.withEnvironment({
      KAFKA_ADVERTISED_LISTENERS: `BROKER://localhost:9092,PLAINTEXT://${host}:${port}`,
    });
    // The module appends variables; a variable must not be set twice.
    this.createOpts.Env = Object.entries(this.environment).map(
      ([name, value]) => `${name}=${value}`,
    );
    this.withCommand(['-c', 'exec /etc/confluent/docker/run']);
    this.hostConfig.PortBindings = publish(this.#spec);
    // As process 1, the shell scripts before Kafka itself would ignore the stop signal.
    this.hostConfig.Init = true;
    this.waitStrategy = Wait.forListeningPorts();
  }

  protected override containerStarted(): Promise<void> {
    return Promise.resolve();
  }
}

function brokerContainer(spec: ContainerSpec): GenericContainer {
  return new Broker(spec)
    .withKraft()
    .withBindMounts([{ source: spec.name, target: '/var/lib/kafka/data' }])
    .withEnvironment({
      // One broker holds every replica.
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
      KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: '1',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
      KAFKA_HEAP_OPTS: '-Xms256m -Xmx512m',
    });
}

/** Syncs an append-only file every second, and never evicts. */
function redisContainer(spec: ContainerSpec): GenericContainer {
  const settings = {
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
    'maxmemory-policy': 'noeviction',
  };
  const options = Object.entries(settings).flatMap(([key, value]) => [`--${key}`, value]);
  return (
    new Redis(spec)
      .withBindMounts([{ source: spec.name, target: '/data' }])
      .withCommand(['redis-server', ...options])
      // The log may contain the ready line of an earlier run.
      .withWaitStrategy(
        Wait.forAll([
          Wait.forListeningPorts(),
          Wait.forSuccessfulCommand('redis-cli ping | grep -q PONG'),
        ]),
      )
  );
}

/**
 * Checkpoints are spread, so that they do not disturb a measurement; the log contains no values.
 */
function postgresContainer(spec: ContainerSpec): GenericContainer {
  const settings = {
    max_connections: '200',
    wal_compression: 'on',
    max_wal_size: '2GB',
    checkpoint_timeout: '15min',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    log_error_verbosity: 'terse',
  };
  const options = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  const { database, user, password } = postgresAccount;
  return new Postgres(spec)
    .withDatabase(database)
    .withUsername(user)
    .withPassword(password)
    .withBindMounts([{ source: spec.name, target: '/var/lib/gamemetrics' }])
    .withEnvironment({
      // A folder in our volume, whichever folder the image of this version declares as a volume.
      PGDATA: '/var/lib/gamemetrics/data',
      POSTGRES_INITDB_ARGS: '--encoding=UTF8 --locale=C',
    })
    .withCommand(['postgres', ...options]);
}

function publish({ server, publishOn, port }: ContainerSpec) {
  return { [`${innerPorts[server]}/tcp`]: [{ HostIp: publishOn, HostPort: String(port) }] };
}
