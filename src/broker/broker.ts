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
  /** The address to listen on, which is also what clients are told: 127.0.0.1 by default. */
  readonly host?: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Holds everything that outlives the broker; made where it does not exist. */
  readonly dataDir: string;
  /** For a new data directory: random by default. */
  readonly clusterId?: string;
  /** Whether a topic that a client asks about is made: true by default, as in Kafka. */
  readonly autoCreateTopics?: boolean;
  /** How many partitions such a topic gets: 1 by default. */
  readonly numPartitions?: number;
  /** How long a group's first rebalance waits for more members, ms: 0 by default. */
  readonly initialRebalanceDelayMs?: number;
  /** How long an empty group's offsets are kept, ms: 7 days by default. */
  readonly offsetsRetentionMs?: number;
  /** How often retention is applied, ms: 5 minutes by default. */
  readonly retentionCheckIntervalMs?: number;
  /** The largest request, bytes: 100 MiB by default. */
  readonly maxRequestBytes?: number;
  /** Told of what a user should know, a line at a time: by default nobody is. */
  readonly warn?: (message: string) => void;
}

export interface Broker {
  readonly host: string;
  readonly port: number;
  /** host:port, as clients take it. */
  readonly address: string;
  readonly clusterId: string;
  readonly dataDir: string;
  /** Ends connections, writes everything to the disk and lets the data directory go. */
  stop(): Promise<void>;
}

const onlyNodeId = 1;
const weekMs = 7 * 24 * 60 * 60 * 1000;

/**
 * Starts a Kafka broker in this process: one node, which leads every partition and coordinates
 * every group.
 * @throws BrokerError where the port or the data directory cannot be had
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

/** Lets go of what is past its time, now and then. @returns a function that ends it */
function sweep(services: Services, intervalMs: number, warn: (message: string) => void) {
  const timer = setInterval(() => {
    try {
      services.topics.applyRetention();
      services.groups.expire();
    } catch (error) {
      warn(`retention failed, and will be tried again: ${String(error)}`);
    }
  }, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** Calls it the first time only; every caller waits for the same end. */
function once(task: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= task());
}
