import { randomUUID } from 'node:crypto';
import { promises, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { makeDir, readJson, replaceFile } from '../storage/files.js';
import { PartitionLog } from './partitionLog.js';
import { logConfig, type TopicOverrides } from './topicConfig.js';

export interface TopicRecord {
  readonly name: string;
  readonly id: string;
  readonly partitions: number;
  readonly config: TopicOverrides;
}

export interface Topic extends Omit<TopicRecord, 'partitions'> {
  /** By partition number. */
  readonly partitions: readonly PartitionLog[];
}

export interface TopicStoreOptions {
  readonly dir: string;
  readonly warn: (message: string) => void;
  readonly now: () => number;
}

/** More partitions could exceed the system's limit of open files. */
export const maxPartitions = 2000;

const legalName = /^[a-zA-Z0-9._-]{1,249}$/;

export function isLegalTopicName(name: string): boolean {
  return legalName.test(name) && name !== '.' && name !== '..';
}

/**
 * The topics on disk: `topics.json` lists them and is replaced atomically, and
 * `topics/<id>/<partition>/` holds their logs. A recreated topic gets a new id, so it never
 * contains records of its predecessor.
 */
export class TopicStore {
  readonly #options: TopicStoreOptions;
  readonly #topics = new Map<string, Topic>();

  constructor(options: TopicStoreOptions) {
    this.#options = options;
    const records = (readJson(this.#file) ?? []) as readonly TopicRecord[];
    this.#removeOrphans(records);
    for (const record of records) this.#topics.set(record.name, this.#open(record));
  }

  get #file(): string {
    return join(this.#options.dir, 'topics.json');
  }

  #dirOf(id: string): string {
    return join(this.#options.dir, 'topics', id);
  }

  /** Removes directories that a crash between two writes has left without a topic. */
  #removeOrphans(records: readonly TopicRecord[]): void {
    const root = join(this.#options.dir, 'topics');
    makeDir(root);
    const known = new Set(records.map((record) => record.id));
    for (const id of readdirSync(root).filter((name) => !known.has(name))) {
      rmSync(join(root, id), { recursive: true, force: true });
    }
  }

  #open(record: TopicRecord): Topic {
    const config = logConfig(record.config);
    const { warn, now } = this.#options;
    const partitions = Array.from({ length: record.partitions }, (_, partition) => {
      const dir = join(this.#dirOf(record.id), String(partition));
      makeDir(dir);
      return new PartitionLog({ dir, config, warn, now });
    });
    return { name: record.name, id: record.id, config: record.config, partitions };
  }

  #save(): void {
    const records: TopicRecord[] = this.all().map(({ name, id, partitions, config }) => ({
      name,
      id,
      partitions: partitions.length,
      config,
    }));
    replaceFile(this.#file, JSON.stringify(records, null, 2));
  }

  /** All topics, sorted by name. */
  all(): Topic[] {
    return [...this.#topics.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  get(name: string): Topic | undefined {
    return this.#topics.get(name);
  }

  /** @returns undefined if the partition does not exist */
  partition(topic: string, partition: number): PartitionLog | undefined {
    return this.#topics.get(topic)?.partitions[partition];
  }

  get partitionCount(): number {
    return this.all().reduce((total, topic) => total + topic.partitions.length, 0);
  }

  /** Creates a topic. The caller has checked that it does not exist and that its name is legal. */
  create(name: string, partitions: number, config: TopicOverrides = {}): Topic {
    const topic = this.#open({ name, id: randomUUID(), partitions, config });
    this.#topics.set(name, topic);
    try {
      this.#save();
    } catch (error) {
      this.#topics.delete(name);
      throw error;
    }
    return topic;
  }

  /** Removes a topic immediately, and its files once pending flushes have finished. */
  async delete(name: string): Promise<void> {
    const topic = this.#topics.get(name);
    if (topic === undefined) return;
    this.#topics.delete(name);
    this.#save();
    await Promise.all(topic.partitions.map((log) => log.abandon()));
    await promises.rm(this.#dirOf(topic.id), { recursive: true, force: true });
  }

  applyRetention(): void {
    for (const topic of this.#topics.values()) {
      for (const log of topic.partitions) log.applyRetention();
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.all().flatMap((topic) => topic.partitions.map((log) => log.close())));
    this.#topics.clear();
  }
}
