/** A row on a board. */
export interface RankedRow {
  readonly rank: number;
  readonly player_id: string;
  readonly score: number;
}

/**
 * Ranks consecutive rows of a board as SQL's rank() does: equal scores share the rank of their first row.
 * @param rows in the order of the board
 * @param first the number of rows before them on the board
 * @param above the number of rows on the board with a higher score than the first of them
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
