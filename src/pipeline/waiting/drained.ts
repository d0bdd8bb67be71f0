import { Failure } from '../../util/failure.js';
import type { ConsumerRole } from '../contract/topics.js';
import { dirtyBoards, readProgress, sum } from '../observe/progress.js';
import { groupsBehind } from '../projection/behind.js';
import type { Stores } from '../runtime/stores.js';
import { pollUntil } from './pollUntil.js';

const pollMs = 100;

const eventRoles = ['logger', 'statistics', 'leaderboard'] as const;

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Called after each poll with the remaining work. */
  readonly onProgress?: (left: Remaining) => void;
}

/** The work that remains until a pipeline is drained. */
export interface Remaining {
  /** Unprocessed records, summed over the groups. */
  readonly records: number;
  /** Boards whose top has not been rewritten yet. */
  readonly boards: number;
  /** Groups whose projection in Redis is behind PostgreSQL. */
  readonly projections: number;
}

/**
 * Waits until every group has processed all records of its topic, every board's top is rewritten, and
 * Redis is up to date (a lost projection is rebuilt within seconds).
 * @throws Failure (timeout) that reports the remaining work
 */
export async function waitDrained(stores: Stores, options: WaitOptions): Promise<void> {
  await untilNothingRemains(async () => remaining(stores), options);
}

/**
 * Waits until every group has processed the records that its topic contained at the call, and Redis is
 * up to date. Unlike {@link waitDrained}, it also ends while events flow.
 * @throws Failure (timeout) that reports the remaining work
 */
export async function waitForCut(stores: Stores, options: WaitOptions): Promise<void> {
  const cut = new Cut(stores);
  await untilNothingRemains(async () => cut.remaining(), options);
}

async function untilNothingRemains(
  poll: () => Promise<Remaining>,
  { timeoutMs, signal, onProgress }: WaitOptions,
): Promise<void> {
  await pollUntil(
    poll,
    (left) => {
      onProgress?.(left);
      return left.records + left.boards + left.projections === 0;
    },
    {
      timeoutMs,
      pollMs,
      signal,
      late: (left, why) => {
        const what =
          left === undefined
            ? why
            : `${left.records} records and ${left.boards} boards remain` +
              (left.projections === 0 ? '' : ', and Redis is behind');
        return new Failure(`not drained after ${timeoutMs / 1000} s: ${what}`, {
          code: 'not_drained',
        });
      },
    },
  );
}

async function remaining(stores: Stores): Promise<Remaining> {
  const events = await readProgress(stores, eventRoles);
  // Read second: a dead letter is produced before the offset of its record is stored.
  const letters = await readProgress(stores, ['dead-letter']);
  const records = sum([...events, ...letters].map(({ lag }) => lag));
  const boards = await dirtyBoards(stores);
  return { records, boards, projections: await groupsBehind(stores) };
}

/** The log ends at one moment, and the unprocessed records before them. */
class Cut {
  readonly #stores: Stores;
  readonly #ends = new Map<string, number>();
  #lettersWritten = false;

  constructor(stores: Stores) {
    this.#stores = stores;
  }

  async remaining(): Promise<Remaining> {
    const events = await this.#left(eventRoles);
    // The dead letters of records before the cut are complete once the groups have passed the cut.
    this.#lettersWritten ||= events === 0;
    const letters = this.#lettersWritten ? await this.#left(['dead-letter']) : 0;
    return { records: events + letters, boards: 0, projections: await groupsBehind(this.#stores) };
  }

  async #left(roles: readonly ConsumerRole[]): Promise<number> {
    const groups = await readProgress(this.#stores, roles);
    // These log ends are read after the stored offsets, so a greater offset belongs to another log.
    const later = await readProgress(this.#stores, roles);
    return sum(
      groups.flatMap(({ group, partitions }, index) =>
        partitions.map(({ partition, logEnd, stored }, position) => {
          const key = `${group} ${partition}`;
          const end = this.#ends.get(key) ?? logEnd;
          this.#ends.set(key, end);
          const laterEnd = later[index]?.partitions[position]?.logEnd ?? stored;
          if (stored > laterEnd) return stored - laterEnd;
          // The log of a recreated topic may never reach the cut.
          return Math.max(0, Math.min(end, laterEnd) - stored);
        }),
      ),
    );
  }
}
