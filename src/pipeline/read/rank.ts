/** A row of a board. */
export interface RankedRow {
  readonly rank: number;
  readonly player_id: string;
  readonly score: number;
}

/**
 * Ranks a run of a board's rows, which come in its order; the same score shares a rank, that of its
 * first row (SQL's rank()).
 * @param rows the run
 * @param first how many rows of the board are before it
 * @param above how many of the board's rows have a higher score than the run's first one
 */
export function rankRows(
  rows: readonly Omit<RankedRow, 'rank'>[],
  first: number,
  above: number,
): RankedRow[] {
  const ranked: RankedRow[] = [];
  for (const [index, row] of rows.entries()) {
    const before = ranked.at(-1);
    const tied = before?.score === row.score ? before.rank : first + index + 1;
    ranked.push({ rank: index === 0 ? above + 1 : tied, ...row });
  }
  return ranked;
}
