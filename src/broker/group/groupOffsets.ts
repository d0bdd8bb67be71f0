import type { Commit } from './records.js';

/** The committed offsets of one group, by topic and partition. */
export class GroupOffsets {
  readonly #topics = new Map<string, Map<number, Commit>>();

  get isEmpty(): boolean {
    return this.#topics.size === 0;
  }

  set(topic: string, partition: number, commit: Commit): void {
    const partitions = this.#topics.get(topic) ?? new Map<number, Commit>();
    partitions.set(partition, commit);
    this.#topics.set(topic, partitions);
  }

  get(topic: string, partition: number): Commit | undefined {
    return this.#topics.get(topic)?.get(partition);
  }

  /** The topics with a committed offset, each with its partitions. */
  topics(): { topic: string; partitions: number[] }[] {
    return [...this.#topics].map(([topic, partitions]) => ({
      topic,
      partitions: [...partitions.keys()].sort((a, b) => a - b),
    }));
  }

  entries(): (Commit & { topic: string; partition: number })[] {
    return [...this.#topics].flatMap(([topic, partitions]) =>
      [...partitions].map(([partition, commit]) => ({ topic, partition, ...commit })),
    );
  }

  deleteTopic(topic: string): boolean {
    return this.#topics.delete(topic);
  }
}
