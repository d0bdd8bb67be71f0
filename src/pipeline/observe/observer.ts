import { StoreUnavailable } from '../../stores/errors.js';
import { loadSql } from '../../stores/postgres/sql.js';
import { describeError } from '../../util/describeError.js';
import { topicName } from '../contract/topics.js';
import type { Stores } from '../runtime/stores.js';
import { BoardWatcher } from './boards.js';
import { groupFlow, perSecond, type Reading } from './flow.js';
import { latestDeadLetters, latestEvents } from './latest.js';
import { readProgress, sum } from './progress.js';
import { bucketsSince, quantile } from './prometheus.js';
import { readRoleMetrics, type RoleMetrics } from './roleMetrics.js';
import type {
  BoardSnapshot,
  DeadLetterSnapshot,
  EventSnapshot,
  IngestSnapshot,
  PipelineSnapshot,
  Selection,
} from './snapshot.js';

const countDeadLetters = loadSql('count_dead_letters');

/** Number of readings to keep: smoothed rates are averages over this many seconds. */
const keptReadings = 6;

/** One reading of everything; a part that cannot be read keeps its last value. */
interface Look extends Reading {
  readonly games: readonly string[];
  readonly board: BoardSnapshot | undefined;
  readonly latestDeadLetters: readonly DeadLetterSnapshot[];
  readonly latestEvents: readonly EventSnapshot[] | undefined;
  readonly metrics: RoleMetrics;
}

/** Takes snapshots of a pipeline for a live view; rates are relative to earlier snapshots. */
export class Observer {
  readonly #stores: Stores;
  readonly #metricsUrls: () => readonly string[];
  readonly #boards: BoardWatcher;
  #looks: readonly Look[] = [];
  #selection: Selection = { gameId: undefined, period: 'daily', events: undefined };

  /** @param metricsUrls the current base URLs of the processes whose metrics are read */
  constructor(stores: Stores, metricsUrls: () => readonly string[] = () => []) {
    this.#stores = stores;
    this.#metricsUrls = metricsUrls;
    this.#boards = new BoardWatcher(stores);
  }

  /** Sets the selection of the next snapshots. */
  select(selection: Partial<Selection>): void {
    this.#selection = { ...this.#selection, ...selection };
  }

  /** Reads the stores and the metrics; `problems` lists the parts that could not be read. */
  async snapshot(): Promise<PipelineSnapshot> {
    const problems: string[] = [];
    const look = await this.#look(problems);
    const last = this.#looks.at(-1);
    const [earlier] = this.#looks;
    this.#looks = [...this.#looks, look].slice(-keptReadings);
    const { produced, deadLetters, games, board, metrics } = look;
    return {
      at: new Date(look.atMs).toISOString(),
      produced,
      producedPerSecond: perSecond(look, last, (reading) => reading.produced),
      ingest: ingestSnapshot(look, last, earlier),
      groups: look.groups.map((group) => ({
        ...groupFlow(group, look, last, earlier),
        counted: metrics.consumer(group.role),
      })),
      games,
      board,
      deadLetters,
      deadLettersPerSecond: perSecond(look, last, (reading) => reading.deadLetters),
      latestDeadLetters: look.latestDeadLetters,
      ...(look.latestEvents === undefined ? {} : { latestEvents: look.latestEvents }),
      problems: [...new Set(problems)],
    };
  }

  /** Reads only the current selection, between two snapshots; empty if a store is unavailable. */
  async selected(): Promise<Partial<Pick<PipelineSnapshot, 'board' | 'latestEvents'>>> {
    const { events } = this.#selection;
    try {
      const [board, latest] = await Promise.all([
        this.#boards.board(this.#selection),
        events === undefined ? undefined : latestEvents(this.#stores.database, events),
      ]);
      return { board, ...(latest === undefined ? {} : { latestEvents: latest }) };
    } catch (error) {
      // The next snapshot reports it.
      if (error instanceof StoreUnavailable) return {};
      throw error;
    }
  }

  async #look(problems: string[]): Promise<Look> {
    const { admin, database, namespace } = this.#stores;
    const { events } = this.#selection;
    const last = this.#looks.at(-1);
    const read = async <T>(work: () => Promise<T>, otherwise: T): Promise<T> => {
      try {
        return await work();
      } catch (error) {
        problems.push(describeError(error));
        return otherwise;
      }
    };
    const [ranges, groups, metrics, games, board, deadLetters, latest] = await Promise.all([
      read(async () => admin.logRanges(topicName(namespace, 'raw')), undefined),
      read(async () => readProgress(this.#stores), last?.groups ?? []),
      readRoleMetrics(this.#metricsUrls(), (problem) => problems.push(problem)),
      read(async () => this.#boards.games(), last?.games ?? []),
      read(async () => this.#boards.board(this.#selection), last?.board),
      read(async () => this.#deadLetters(), last?.deadLetters ?? 0),
      read(
        async () => (events === undefined ? undefined : latestEvents(database, events)),
        last?.latestEvents,
      ),
    ]);
    const isSame = last?.deadLetters === deadLetters;
    const letters = isSame
      ? last.latestDeadLetters
      : await read(async () => latestDeadLetters(database), []);
    return {
      atMs: Date.now(),
      produced: ranges === undefined ? (last?.produced ?? 0) : sum(ranges.map(({ end }) => end)),
      groups,
      metrics,
      games,
      board,
      deadLetters,
      latestDeadLetters: letters,
      latestEvents: latest,
    };
  }

  async #deadLetters(): Promise<number> {
    const [row] = await this.#stores.database.query<{ letters: number }>(countDeadLetters);
    return row?.letters ?? 0;
  }
}

function ingestSnapshot(
  look: Look,
  last: Look | undefined,
  earlier: Look | undefined,
): IngestSnapshot | undefined {
  const { ingest } = look.metrics;
  if (ingest === undefined) return undefined;
  const before = earlier?.metrics.ingest?.durations;
  const durations = before === undefined ? new Map() : bucketsSince(ingest.durations, before);
  const [p50, p99] = [quantile(0.5, durations), quantile(0.99, durations)];
  return {
    accepted: ingest.accepted,
    rejected: ingest.rejected,
    rejectedPerSecond: perSecond(look, last, (reading) => reading.metrics.ingest?.rejected),
    queuedBytes: ingest.queuedBytes,
    latencyMs:
      p50 === undefined || p99 === undefined ? undefined : { p50: p50 * 1_000, p99: p99 * 1_000 },
  };
}
