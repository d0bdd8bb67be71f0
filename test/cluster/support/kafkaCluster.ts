import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import kafkajs, { type Admin } from 'kafkajs';

import {
  identify,
  isRunning,
  signalProcess,
  type ProcessIdentity,
} from '../../../src/stack/process/identity.js';
import { createKafka } from '../../../src/stores/kafka/client.js';
import { isErrno } from '../../../src/util/errno.js';
import { until } from '../../support/until.js';

/** A partition in the metadata of the cluster; brokers are node ids. */
export interface PartitionState {
  readonly topic: string;
  readonly partition: number;
  readonly leader: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
}

const run = promisify(execFile);
const answerMs = 60_000;
const offsetsTopic = '__consumer_offsets';

/** A Kafka cluster of three combined brokers and controllers that can be killed and paused. */
export class KafkaCluster implements AsyncDisposable {
  readonly ids = [1, 2, 3] as const;
  /** Bootstrap addresses, by node id; they stay the same after a restart of a node. */
  readonly brokers: readonly string[];
  readonly #tool: string;
  readonly #data: string;
  readonly #processes = new Map<number, ProcessIdentity>();
  readonly #paused = new Set<number>();

  private constructor(tool: string, data: string, printed: string) {
    this.#tool = tool;
    this.#data = data;
    this.brokers = listed(printed, 'KAFKA_BOOTSTRAP_SERVERS');
    this.#notePids(printed);
  }

  /**
   * Starts a cluster in its own directory; new topics get three replicas.
   * @param tool path of the program that runs Kafka (GAMEMETRICS_TEST_KAFKA_TOOL)
   * @param minInsyncReplicas the default of topics
   */
  static async start(tool: string, minInsyncReplicas = 2): Promise<KafkaCluster> {
    const data = mkdtempSync(join(tmpdir(), 'gamemetrics-cluster-'));
    const minInsync = String(minInsyncReplicas);
    const options = ['--brokers', '3', '--min-insync', minInsync, '--auto-create', 'false'];
    try {
      const { stdout } = await run(tool, ['cluster', 'start', '--data', data, ...options]);
      return new KafkaCluster(tool, data, stdout);
    } catch (error) {
      // The tool has stopped all processes that it started.
      rmSync(data, { recursive: true, force: true });
      throw error;
    }
  }

  /** The processes of the running nodes, by node id. */
  get pids(): ReadonlyMap<number, number> {
    const running = [...this.#processes].filter(([, process]) => isRunning(process));
    return new Map(running.map(([id, { pid }]) => [id, pid]));
  }

  /** Kills a node with SIGKILL, or stops it with SIGTERM, after which it moves its leaders. */
  async kill(id: number, signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const process = this.#process(id);
    if (!signalProcess(process, signal)) throw new Error(`node ${id} is not running`);
    await until(() => !isRunning(process), answerMs);
    this.#paused.delete(id);
  }

  /** Restarts a stopped node with its data and address; resolves once it responds. */
  async restart(id: number): Promise<void> {
    this.#notePids(await this.#cluster('restart', String(id)));
  }

  pause(id: number): void {
    if (!signalProcess(this.#process(id), 'SIGSTOP')) throw new Error(`node ${id} is not running`);
    this.#paused.add(id);
  }

  resume(id: number): void {
    signalProcess(this.#process(id), 'SIGCONT');
    this.#paused.delete(id);
  }

  /** Resumes and restarts all nodes that do not run and waits until all replicas are in sync. */
  async heal(): Promise<void> {
    for (const id of this.#paused) this.resume(id);
    for (const id of this.ids) if (!this.pids.has(id)) await this.restart(id);
    await this.waitUntilInSync();
  }

  /** Every partition of a topic, or of all topics, by number. */
  async partitions(topic?: string): Promise<PartitionState[]> {
    return this.#ask(async (admin) => describe(admin, topic));
  }

  /** The leader of a partition; waits until there is one. */
  async leaderOf(topic: string, partition: number): Promise<number> {
    return (await this.#partition(topic, partition)).leader;
  }

  async isrOf(topic: string, partition: number): Promise<readonly number[]> {
    return (await this.#partition(topic, partition)).isr;
  }

  /** The coordinator of a consumer group: the leader of the partition that stores its offsets. */
  async coordinatorOf(group: string): Promise<number> {
    const partitions = await this.partitions(offsetsTopic);
    return this.leaderOf(offsetsTopic, Math.abs(javaHash(group)) % partitions.length);
  }

  /**
   * The active controller. Brokers do not report it (each one presents itself to clients as "the
   * controller" and forwards requests), but each node stores on disk which leader it follows.
   */
  async controller(): Promise<number> {
    let active = -1;
    await until(() => {
      const votes = [...this.pids.keys()].map((id) => this.#vote(id));
      const latest = votes.reduce((a, b) => (b.leaderEpoch > a.leaderEpoch ? b : a));
      active = latest.leaderId;
      return this.pids.has(active);
    }, answerMs);
    return active;
  }

  /** Waits until all three nodes respond and all replicas of every partition are in sync. */
  async waitUntilInSync(timeoutMs = answerMs): Promise<void> {
    await until(
      async () =>
        this.#ask(async (admin) => {
          const { brokers } = await admin.describeCluster();
          const partitions = await describe(admin);
          return (
            brokers.length === this.ids.length &&
            partitions.every(({ leader, replicas, isr }) => {
              return leader >= 0 && isr.length === replicas.length;
            })
          );
        }),
      timeoutMs,
    );
  }

  /**
   * Moves the partitions of a topic to other nodes and waits until the move is complete.
   * @param replicas the nodes of each partition, by number; the first is its preferred leader
   */
  async reassign(topic: string, replicas: readonly (readonly number[])[]): Promise<void> {
    const partitionAssignment = replicas.map((nodes, partition) => ({
      partition,
      replicas: [...nodes],
    }));
    await this.#ask(async (admin) =>
      admin.alterPartitionReassignments({ topics: [{ topic, partitionAssignment }] }),
    );
    await until(async () => {
      const partitions = await this.partitions(topic);
      return partitions.every(
        (each) =>
          each.replicas.join() === replicas[each.partition]?.join() &&
          each.isr.length === each.replicas.length,
      );
    }, answerMs);
  }

  /** Elects the preferred replica of each partition as its leader and waits for the result. */
  async electPreferredLeaders(): Promise<void> {
    await until(async () => {
      const partitions = await this.partitions();
      if (partitions.every(({ leader, replicas }) => leader === replicas[0])) return true;
      const options = ['--election-type', 'preferred', '--all-topic-partitions'];
      const name = 'org.apache.kafka.tools.LeaderElectionCommand';
      await run(this.#tool, ['cli', name, '--bootstrap-server', this.#reachable(), ...options]);
      return false;
    }, answerMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cluster('stop', '--rm');
    rmSync(this.#data, { recursive: true, force: true });
  }

  async #partition(topic: string, partition: number): Promise<PartitionState> {
    let found: PartitionState | undefined;
    await until(async () => {
      found = (await this.partitions(topic)).find((each) => each.partition === partition);
      return found !== undefined && found.leader >= 0;
    }, answerMs);
    if (found === undefined) throw new Error(`no partition ${partition} of ${topic}`);
    return found;
  }

  /** Sends a request to a running node and retries until the cluster responds. */
  async #ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    let result: { readonly answer: T } | undefined;
    await until(async () => {
      const endpoint = { brokers: this.#reachable().split(',') };
      const options = {
        clientId: 'cluster-test',
        level: 'error',
        requestTimeoutMs: 5_000,
      } as const;
      const admin = createKafka(endpoint, options).admin({ retry: { retries: 1 } });
      try {
        await admin.connect();
        result = { answer: await question(admin) };
        return true;
      } catch (error) {
        if (error instanceof kafkajs.KafkaJSError) return false;
        throw error;
      } finally {
        await admin.disconnect();
      }
    }, answerMs);
    if (result === undefined) throw new Error('the cluster did not respond');
    return result.answer;
  }

  /** Addresses of the nodes that respond; requests to the others would only time out. */
  #reachable(): string {
    const running = this.pids;
    const reachable = this.ids.filter((id) => running.has(id) && !this.#paused.has(id));
    return reachable.map((id) => this.brokers[id - 1]).join(',');
  }

  /** The leader that a node follows; none before its first vote and while it writes the file. */
  #vote(id: number): { readonly leaderId: number; readonly leaderEpoch: number } {
    try {
      const path = join(this.#data, String(id), 'log', '__cluster_metadata-0', 'quorum-state');
      const state: unknown = JSON.parse(readFileSync(path, 'utf8'));
      return state as { leaderId: number; leaderEpoch: number };
    } catch (error) {
      if (!isErrno(error, 'ENOENT') && !(error instanceof SyntaxError)) throw error;
      return { leaderId: -1, leaderEpoch: -1 };
    }
  }

  async #cluster(...args: string[]): Promise<string> {
    return (await run(this.#tool, ['cluster', ...args, '--data', this.#data])).stdout;
  }

  #process(id: number): ProcessIdentity {
    const process = this.#processes.get(id);
    if (process === undefined) throw new Error(`no node ${id}`);
    return process;
  }

  #notePids(printed: string): void {
    for (const [index, pid] of listed(printed, 'KAFKA_PIDS').entries()) {
      const process = pid === '-' ? undefined : identify(Number(pid));
      if (process !== undefined) this.#processes.set(index + 1, process);
    }
  }
}

async function describe(admin: Admin, topic?: string): Promise<PartitionState[]> {
  const { topics } = await admin.fetchTopicMetadata(
    topic === undefined ? undefined : { topics: [topic] },
  );
  return topics
    .flatMap(({ name, partitions }) =>
      partitions.map(({ partitionId, leader, replicas, isr }) => {
        return { topic: name, partition: partitionId, leader, replicas, isr };
      }),
    )
    .sort((a, b) => a.partition - b.partition);
}

/** String.hashCode of Java, by which Kafka assigns a group to a partition. */
function javaHash(text: string): number {
  let hash = 0;
  for (let at = 0; at < text.length; at += 1) {
    hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
  }
  return hash;
}

/** The values of a `NAME=a,b,c` line. */
function listed(printed: string, name: string): string[] {
  return (new RegExp(`^${name}=(.*)$`, 'm').exec(printed)?.[1] ?? '').split(',');
}
