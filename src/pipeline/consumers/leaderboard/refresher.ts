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

/** Rows per board in `leaderboards` and game.leaderboards. */
const topRows = 100;

/** A changed board is rewritten immediately, but at most once per interval. */
const intervalMs = 1_000;

/** How often to search for marks that other processes left. */
const sweepMs = 5_000;

const boardsPerSweep = 1_000;

const boardsInMemory = 10_000;

interface DirtyBoard {
  readonly game_id: string;
  readonly period: Period;
  readonly window_start: string;
}

/**
 * Rewrites and publishes the tops of changed boards. The players come from Redis's sorted set, their
 * scores from PostgreSQL. At the end of a day or week it also fills the sets of the new window.
 */
export class BoardRefresher {
  readonly #context: PipelineContext;
  /** Boards to refresh, each with the earliest time of its next refresh in epoch milliseconds. */
  readonly #due = new Map<string, { board: Board; atMs: number }>();
  readonly #refreshedMs = new Map<string, number>();
  /** Boards whose refresh failed after it may have published: a newer record may precede that one. */
  readonly #doubtful = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #timerMs = Infinity;
  #running: Promise<void> | undefined;
  #sweptMs = 0;
  #filledDay = '';
  #waitUntilMs = 0;
  #stopped = false;

  constructor(context: PipelineContext) {
    this.#context = context;
  }

  /** Searches for existing marks, then polls for marks that other processes leave. */
  start(): void {
    this.#wakeAt(Date.now());
  }

  /** Schedules a refresh of the boards that a committed batch changed. */
  changed(boards: readonly Board[]): void {
    const nowMs = Date.now();
    for (const board of boards) {
      const key = keyOf(board);
      // Boards above the limit stay marked, and a later sweep finds them.
      if (this.#due.has(key) || this.#due.size >= boardsInMemory) continue;
      const atMs = Math.max(nowMs, (this.#refreshedMs.get(key) ?? 0) + intervalMs);
      this.#due.set(key, { board, atMs });
      this.#wakeAt(atMs);
    }
  }

  /** Waits for the current refresh to end; the next process to start finds the remaining marks. */
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
    // While a store is unavailable, boards that are already due wait, too.
    return Math.max(next, this.#waitUntilMs);
  }

  async #run(): Promise<void> {
    try {
      await this.#sweep();
      await this.#fillCurrent();
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
        this.#retryLater(board);
        // The other boards need the same store.
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

  #retryLater(board: Board): void {
    this.#due.set(keyOf(board), { board, atMs: Date.now() + intervalMs });
  }

  #report(error: unknown): void {
    const level = error instanceof StoreUnavailable ? 'warn' : 'error';
    this.#context.log[level]({ err: error }, `boards are not refreshed: ${describeError(error)}`);
  }

  async #sweep(): Promise<void> {
    if (Date.now() < this.#sweptMs + sweepMs) return;
    this.#sweptMs = Date.now();
    const rows = await this.#context.database.query<DirtyBoard>(selectDirtyBoards, [
      boardsPerSweep,
    ]);
    this.changed(
      rows.map((row) => ({ gameId: row.game_id, period: row.period, start: row.window_start })),
    );
  }

  /** Fills a new window's current sets: scores that arrived early are only in its dated sets. */
  async #fillCurrent(): Promise<void> {
    const { database, namespace, now, redis } = this.#context;
    const nowMs = now();
    const today = windowAt('daily', nowMs).start;
    if (today === this.#filledDay) return;
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
    this.#filledDay = today;
  }

  async #refresh(board: Board): Promise<void> {
    const { database, log, namespace, producer } = this.#context;
    const at = [board.gameId, board.period, board.start];
    const locked = await database.transaction(async (tx) => {
      const [lock] = await tx.query<{ locked: boolean }>(lockBoard, at);
      // Another process is refreshing the board. If it misses this change, the mark stays for a sweep.
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
    else if (this.#doubtful.has(keyOf(board))) this.#retryLater(board);
    log.debug({ board }, 'board refreshed');
  }

  /**
   * Reads the players of the top from the sorted set, or from PostgreSQL if Redis no longer keeps the
   * window or is behind PostgreSQL.
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
