import { StoreUnavailable } from '../../../stores/errors.js';
import type { Queryable } from '../../../stores/postgres/database.js';
import { loadSql } from '../../../stores/postgres/sql.js';
import { describeError } from '../../../util/describeError.js';
import { boardKey, currentBoardKey } from '../../contract/redisKeys.js';
import { groupName, topicName } from '../../contract/topics.js';
import { keptUntilMs, windowAt, windowStarting, type Period } from '../../contract/windows.js';
import { readTopMembers } from '../../projection/topMembers.js';
import type { PipelineContext } from '../../runtime/context.js';
import type { Board } from './boards.js';

const selectDirtyBoards = loadSql('select_dirty_boards');
const lockBoard = loadSql('lock_board');
const selectBoardMarks = loadSql('select_board_marks');
const deleteBoardMarks = loadSql('delete_board_marks');
const selectTopPlayers = loadSql('select_top_players');
const selectWindowGames = loadSql('select_window_games');
const writeTop = loadSql('write_top');

/** Rows that `leaderboards` and game.leaderboards hold of a board. */
const topRows = 100;

/** A board is rewritten at once, then at most this often. */
const intervalMs = 1_000;

/** Marks that another instance left are looked for this often. */
const sweepMs = 5_000;

const boardsASweep = 1_000;

const boardsInMemory = 10_000;

interface DirtyBoard {
  readonly game_id: string;
  readonly period: Period;
  readonly window_start: string;
}

/**
 * Rewrites the top of the boards that changed, and publishes them: Redis's sorted set says who,
 * PostgreSQL how much. Also shows each day's and week's new boards when the old ones end.
 */
export class BoardRefresher {
  readonly #context: PipelineContext;
  /** Boards that are due, by when: epoch milliseconds of the earliest next refresh. */
  readonly #due = new Map<string, { board: Board; atMs: number }>();
  readonly #refreshedMs = new Map<string, number>();
  /** Boards that were published by a refresh that then failed: another's may have come before. */
  readonly #doubtful = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #timerMs = Infinity;
  #running: Promise<void> | undefined;
  #sweptMs = 0;
  #shownDay = '';
  #waitUntilMs = 0;
  #stopped = false;

  constructor(context: PipelineContext) {
    this.#context = context;
  }

  /** Looks for marks that were left, and from then on for those that others leave. */
  start(): void {
    this.#wakeAt(Date.now());
  }

  /** Boards that a committed batch changed. */
  changed(boards: readonly Board[]): void {
    const nowMs = Date.now();
    for (const board of boards) {
      const key = keyOf(board);
      // What is beyond the bound stays marked, and is found by a later sweep.
      if (this.#due.has(key) || this.#due.size >= boardsInMemory) continue;
      const atMs = Math.max(nowMs, (this.#refreshedMs.get(key) ?? 0) + intervalMs);
      this.#due.set(key, { board, atMs });
      this.#wakeAt(atMs);
    }
  }

  /** Ends the refresh under way; marks that are left are the next starter's. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #wakeAt(atMs: number): void {
    if (this.#stopped || this.#running !== undefined || atMs >= this.#timerMs) return;
    clearTimeout(this.#timer);
    this.#timerMs = atMs;
    this.#timer = setTimeout(
      () => {
        this.#timerMs = Infinity;
        this.#running = this.#run().finally(() => {
          this.#running = undefined;
          this.#wakeAt(this.#nextMs());
        });
      },
      Math.max(0, atMs - Date.now()),
    );
  }

  #nextMs(): number {
    const nowMs = this.#context.now();
    const rollMs = Date.now() + windowAt('daily', nowMs).endMs - nowMs;
    let next = Math.min(this.#sweptMs + sweepMs, rollMs);
    for (const { atMs } of this.#due.values()) next = Math.min(next, atMs);
    // Boards that are due at once but were left, because a store is away, wait as the others do.
    return Math.max(next, this.#waitUntilMs);
  }

  async #run(): Promise<void> {
    try {
      await this.#sweep();
      await this.#showCurrent();
    } catch (error) {
      this.#report(error);
    }
    const nowMs = Date.now();
    for (const [key, { board, atMs }] of [...this.#due]) {
      if (this.#stopped) return;
      if (atMs > nowMs) continue;
      this.#due.delete(key);
      this.#refreshedMs.set(key, nowMs);
      try {
        await this.#refresh(board);
      } catch (error) {
        this.#report(error);
        this.#again(board);
        // The other boards would wait for the same store.
        if (error instanceof StoreUnavailable) {
          this.#waitUntilMs = Date.now() + intervalMs;
          break;
        }
      }
    }
    for (const [key, atMs] of this.#refreshedMs) {
      if (atMs + intervalMs < nowMs) this.#refreshedMs.delete(key);
    }
  }

  #again(board: Board): void {
    this.#due.set(keyOf(board), { board, atMs: Date.now() + intervalMs });
  }

  #report(error: unknown): void {
    const level = error instanceof StoreUnavailable ? 'warn' : 'error';
    this.#context.log[level]({ err: error }, `boards wait: ${describeError(error)}`);
  }

  async #sweep(): Promise<void> {
    if (Date.now() < this.#sweptMs + sweepMs) return;
    this.#sweptMs = Date.now();
    const rows = await this.#context.database.query<DirtyBoard>(selectDirtyBoards, [boardsASweep]);
    this.changed(
      rows.map((row) => ({ gameId: row.game_id, period: row.period, start: row.window_start })),
    );
  }

  /** At the roll: scores of the new window that came early are in its dated set only. */
  async #showCurrent(): Promise<void> {
    const { database, namespace, now, redis } = this.#context;
    const nowMs = now();
    const today = windowAt('daily', nowMs).start;
    if (today === this.#shownDay) return;
    for (const period of ['daily', 'weekly'] as const) {
      const window = windowAt(period, nowMs);
      const games = await database.query<{ game_id: string }>(selectWindowGames, [
        period,
        window.start,
      ]);
      for (const { game_id } of games) {
        const current = currentBoardKey(namespace, game_id, period);
        await redis.copySortedSet(boardKey(namespace, game_id, window), current, window.endMs);
      }
    }
    this.#shownDay = today;
  }

  async #refresh(board: Board): Promise<void> {
    const { database, log, namespace, producer } = this.#context;
    const at = [board.gameId, board.period, board.start];
    const locked = await database.transaction(async (tx) => {
      const [lock] = await tx.query<{ locked: boolean }>(lockBoard, at);
      // Another refreshes it now; if it misses our change, its mark stays for the next sweep.
      if (lock?.locked !== true) return false;
      const marks = await tx.query<{ partition: number; changes: number }>(selectBoardMarks, at);
      if (marks.length === 0 && !this.#doubtful.has(keyOf(board))) return true;
      const players = await this.#topPlayers(tx, board);
      const rows = await tx.query<{ rank: number; player_id: string; score: number }>(writeTop, [
        ...at,
        players,
      ]);
      const window = windowStarting(board.period, board.start);
      this.#doubtful.add(keyOf(board));
      await producer.send([
        {
          topic: topicName(namespace, 'leaderboards'),
          key: board.gameId,
          value: JSON.stringify({
            game_id: board.gameId,
            period: board.period,
            window: window.label,
            window_start: board.start,
            top: rows,
            updated_at: new Date(this.#context.now()).toISOString(),
          }),
        },
      ]);
      await tx.query(deleteBoardMarks, [
        ...at,
        marks.map(({ partition }) => partition),
        marks.map(({ changes }) => changes),
      ]);
      return true;
    });
    if (locked) this.#doubtful.delete(keyOf(board));
    else if (this.#doubtful.has(keyOf(board))) this.#again(board);
    log.debug({ board }, 'board refreshed');
  }

  /**
   * The players of the top, by the sorted set; PostgreSQL sorts them if Redis no longer keeps the
   * window, or lacks something that PostgreSQL has.
   */
  async #topPlayers(tx: Queryable, board: Board): Promise<readonly string[]> {
    const { namespace, now, redis } = this.#context;
    const window = windowStarting(board.period, board.start);
    if (keptUntilMs(window) > now()) {
      const group = groupName(namespace, 'leaderboard');
      const key = boardKey(namespace, board.gameId, window);
      const players = await readTopMembers(tx, redis, group, key, topRows);
      if (players !== undefined) return players;
    }
    const rows = await tx.query<{ player_id: string }>(selectTopPlayers, [
      board.gameId,
      board.period,
      board.start,
      topRows,
    ]);
    return rows.map(({ player_id }) => player_id);
  }
}

function keyOf({ gameId, period, start }: Board): string {
  return [gameId, period, start].join('\n');
}
