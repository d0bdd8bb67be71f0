/** A row of a board. */
export interface RankedRow {
  readonly rank: number;
  readonly player_id: string;
  readonly score: number;
}

/**
 * Ranks consecutive rows of a board as SQL's rank() does: equal scores share the rank of their first row.
 * @param rows in the order of the board
 * @param first how many rows of the board come before them
 * @param above how many rows of the board have a higher score than the first of them
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
