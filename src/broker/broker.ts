import { join } from 'node:path';

import type { Services } from './apis/api.js';
import { apis } from './apis/registry.js';
import { systemClock } from './group/clock.js';
import { Coordinator } from './group/coordinator.js';
import { ProducerIds } from './log/producerIds.js';
import { TopicStore } from './log/topicStore.js';
import { listen, type Listener } from './server/listener.js';
import { openDataDir } from './storage/dataDir.js';

export { BrokerError } from './brokerError.js';

export interface BrokerOptions {
  /** The address to listen on, which is also advertised to clients: 127.0.0.1 by default. */
  readonly host?: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Holds all persistent state; created if it does not exist. */
  readonly dataDir: string;
  /** Used for a new data directory only: random by default. */
  readonly clusterId?: string;
  /** Whether a metadata request creates a missing topic: true by default, as in Kafka. */
  readonly autoCreateTopics?: boolean;
  /** Partitions of a topic that is created without a partition count: 1 by default. */
  readonly numPartitions?: number;
  /** How long a group's first rebalance waits for more members, ms: 0 by default. */
  readonly initialRebalanceDelayMs?: number;
  /** How long an empty group's offsets are kept, ms: 7 days by default. */
  readonly offsetsRetentionMs?: number;
  /** How often retention is applied, ms: 5 minutes by default. */
  readonly retentionCheckIntervalMs?: number;
  /** The largest request, bytes: 100 MiB by default. */
  readonly maxRequestBytes?: number;
  /** Receives warnings for the user, one line each; they are discarded by default. */
  readonly warn?: (message: string) => void;
}

export interface Broker {
  readonly host: string;
  readonly port: number;
  /** host:port, as clients expect it. */
  readonly address: string;
  readonly clusterId: string;
  readonly dataDir: string;
  /** Closes connections, flushes everything to disk and unlocks the data directory. */
  stop(): Promise<void>;
}

const onlyNodeId = 1;
const weekMs = 7 * 24 * 60 * 60 * 1000;

/**
 * Starts a Kafka broker in this process: one node, which leads every partition and coordinates
 * every group.
 * @throws BrokerError if the port or the data directory cannot be used
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const host = options.host ?? '127.0.0.1';
  const warn = options.warn ?? (() => undefined);
  const data = openDataDir(options.dataDir, options.clusterId);
  let listener: Listener | undefined;
  try {
    listener = await listen(host, options.port);
    const identity = { nodeId: onlyNodeId, clusterId: data.clusterId, host, port: listener.port };
    const services = openServices(options, identity, warn);
    const maxRequestBytes = options.maxRequestBytes ?? 100 * 1024 * 1024;
    listener.serve({ services, maxRequestBytes, warn });
    const stopSweeping = sweep(services, options.retentionCheckIntervalMs ?? 300_000, warn);
    return {
      host,
      port: identity.port,
      address: `${host}:${identity.port}`,
      clusterId: identity.clusterId,
      dataDir: options.dataDir,
      stop: once(async () => {
        stopSweeping();
        await listener?.close();
        services.groups.close();
        await services.topics.close();
        data.release();
      }),
    };
  } catch (error) {
    await listener?.close();
    data.release();
    throw error;
  }
}

function openServices(
  options: BrokerOptions,
  identity: Services['identity'],
  warn: (message: string) => void,
): Services {
  const dir = options.dataDir;
  const topics = new TopicStore({ dir, warn, now: () => systemClock.now() });
  const groups = new Coordinator({
    file: join(dir, 'groups.journal'),
    clock: systemClock,
    initialRebalanceDelayMs: options.initialRebalanceDelayMs ?? 0,
    offsetsRetentionMs: options.offsetsRetentionMs ?? weekMs,
    warn,
  });
  groups.forgetMissingTopics((topic) => topics.get(topic) !== undefined);
  const settings = {
    autoCreateTopics: options.autoCreateTopics ?? true,
    numPartitions: options.numPartitions ?? 1,
  };
  return { identity, settings, topics, groups, producerIds: new ProducerIds(dir), apis };
}

/** Applies retention to topics and groups every `intervalMs`. @returns a function that stops it */
function sweep(services: Services, intervalMs: number, warn: (message: string) => void) {
  const timer = setInterval(() => {
    try {
      services.topics.applyRetention();
      services.groups.expire();
    } catch (error) {
      warn(`retention failed and will be retried: ${String(error)}`);
    }
  }, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** Runs `task` on the first call only; every caller gets the same promise. */
function once(task: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= task());
}
