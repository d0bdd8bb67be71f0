import { loadSql } from '../../stores/postgres/sql.js';
import { describe } from '../../stores/errors.js';
import { topicName } from '../contract/topics.js';
import { getLeaderboard } from '../queries/leaderboard.js';
import type { Stores } from '../stores.js';
import { readProgress, sum, type GroupProgress } from './progress.js';
import type { BoardSnapshot, PipelineSnapshot } from './snapshot.js';

const selectLatestGame = loadSql('select_latest_game');
const countDeadLetters = loadSql('count_dead_letters');

const boardRows = 10;

interface Reading {
  readonly atMs: number;
  readonly produced: number;
  readonly groups: readonly GroupProgress[];
}

/** Takes snapshots of a pipeline for a live view; rates are since the snapshot before. */
export class Observer {
  readonly #stores: Stores;
  #before: Reading | undefined;

  constructor(stores: Stores) {
    this.#stores = stores;
  }

  /** Reads the stores; a part that cannot be read is told in `problems`, and is as it was. */
  async snapshot(): Promise<PipelineSnapshot> {
    const problems: string[] = [];
    const read = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
      try {
        return await work();
      } catch (error) {
        problems.push(describe(error));
        return undefined;
      }
    };
    const [reading, board, deadLetters] = await Promise.all([
      read(async () => this.#read()),
      read(async () => this.#board()),
      read(async () => this.#deadLetters()),
    ]);
    const before = this.#before;
    const now = reading ?? before;
    if (reading !== undefined) this.#before = reading;
    const seconds = before && now ? (now.atMs - before.atMs) / 1_000 : 0;
    const perSecond = (current: number, previous: number | undefined): number =>
      seconds > 0 && previous !== undefined ? Math.max(0, current - previous) / seconds : 0;
    return {
      at: new Date().toISOString(),
      produced: now?.produced ?? 0,
      producedPerSecond: perSecond(now?.produced ?? 0, before?.produced),
      groups: (now?.groups ?? []).map((group) => ({
        ...group,
        processedPerSecond: perSecond(
          group.processed,
          before?.groups.find(({ role }) => role === group.role)?.processed,
        ),
      })),
      board,
      deadLetters: deadLetters ?? 0,
      problems: [...new Set(problems)],
    };
  }

  async #read(): Promise<Reading> {
    const { admin, namespace } = this.#stores;
    const [ranges, groups] = await Promise.all([
      admin.logRanges(topicName(namespace, 'raw')),
      readProgress(this.#stores),
    ]);
    return { atMs: Date.now(), produced: sum(ranges.map(({ end }) => end)), groups };
  }

  async #board(): Promise<BoardSnapshot | undefined> {
    const { database, now } = this.#stores;
    const [latest] = await database.query<{ game_id: string }>(selectLatestGame);
    if (latest === undefined) return undefined;
    const board = await getLeaderboard(this.#stores, {
      gameId: latest.game_id,
      period: 'daily',
      atMs: now(),
      limit: boardRows,
    });
    const rows = board.rows.map(({ rank, player_id, score }) => ({
      rank,
      playerId: player_id,
      score,
    }));
    return { gameId: board.game_id, period: board.period, window: board.window, rows };
  }

  async #deadLetters(): Promise<number> {
    const [row] = await this.#stores.database.query<{ letters: number }>(countDeadLetters);
    return row?.letters ?? 0;
  }
}
