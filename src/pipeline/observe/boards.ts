import { loadSql } from '../../stores/postgres/sql.js';
import { getLeaderboard, type LeaderboardRow } from '../read/leaderboard.js';
import type { Stores } from '../runtime/stores.js';
import type { BoardRow, BoardSelection, BoardSnapshot } from './snapshot.js';

const selectLatestGames = loadSql('select_latest_games');

const boardRows = 100;
const mostGames = 50;
const gamesIntervalMs = 5_000;
/** Movements are relative to the ranks at this age. */
const movementMs = 10_000;

type Ranks = ReadonlyMap<string, number>;

/** Reads the games that have boards, and one board with its players' movements. */
export class BoardWatcher {
  readonly #stores: Stores;
  #games: readonly string[] = [];
  #gamesAtMs = -Infinity;
  #board = '';
  #past: { readonly atMs: number; readonly ranks: Ranks }[] = [];

  constructor(stores: Stores) {
    this.#stores = stores;
  }

  /** The games; a new game is appended, so that the others keep their positions. */
  async games(): Promise<readonly string[]> {
    const nowMs = performance.now();
    if (this.#games.length > 0 && nowMs < this.#gamesAtMs + gamesIntervalMs) return this.#games;
    const rows = await this.#stores.database.query<{ game_id: string }>(selectLatestGames, [
      mostGames,
    ]);
    this.#gamesAtMs = nowMs;
    this.#games = [...new Set([...this.#games, ...rows.map((row) => row.game_id)])].slice(
      0,
      mostGames,
    );
    return this.#games;
  }

  /** The selected board; undefined if no game has one. */
  async board({ gameId, period }: BoardSelection): Promise<BoardSnapshot | undefined> {
    const [first] = await this.games();
    const game = gameId ?? first;
    if (game === undefined) return undefined;
    const query = { gameId: game, period, atMs: this.#stores.now(), limit: boardRows };
    const { window, rows } = await getLeaderboard(this.#stores, query);
    const before = this.#ranksBefore(`${period} ${window} ${game}`, rows);
    return { gameId: game, period, window, rows: rows.map((row) => boardRow(row, before)) };
  }

  /** Records the ranks, and returns those of some seconds ago; undefined on a board's first call. */
  #ranksBefore(board: string, rows: readonly LeaderboardRow[]): Ranks | undefined {
    if (board !== this.#board) this.#past = [];
    this.#board = board;
    const atMs = performance.now();
    const ranks = new Map(rows.map(({ player_id, rank }) => [player_id, rank]));
    this.#past = [...this.#past.filter((past) => past.atMs >= atMs - movementMs), { atMs, ranks }];
    return this.#past.length > 1 ? this.#past[0]?.ranks : undefined;
  }
}

/** @param before undefined if no earlier ranks are known: then no player has moved */
function boardRow(
  { rank, player_id: playerId, score }: LeaderboardRow,
  before: Ranks | undefined,
): BoardRow {
  const previous = before === undefined ? rank : before.get(playerId);
  return { rank, playerId, score, movement: previous === undefined ? undefined : previous - rank };
}
