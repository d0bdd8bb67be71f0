/** The word that takes the fewest typing mistakes to become another; undefined where none is near. */
export function nearest(typed: string, words: readonly string[]): string | undefined {
  const most = Math.max(2, Math.floor(typed.length / 3));
  const [first] = words
    .map((word) => ({ word, mistakes: distance(typed.toLowerCase(), word) }))
    .filter(({ mistakes }) => mistakes <= most)
    .sort((a, b) => a.mistakes - b.mistakes);
  return first?.word;
}

/**
 * Characters to insert, delete, replace or swap with the next one to get from one word to another:
 * the optimal string alignment distance.
 */
function distance(from: string, to: string): number {
  const rows = [Array.from({ length: to.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= from.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const at = (up: number, left: number) => rows[i - up]?.[j - left] ?? 0;
      const replaced = at(1, 1) + (from[i - 1] === to[j - 1] ? 0 : 1);
      const isSwapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      const steps = [at(1, 0) + 1, (row[j - 1] ?? 0) + 1, replaced];
      row.push(Math.min(...steps, ...(isSwapped ? [at(2, 2) + 1] : [])));
    }
    rows.push(row);
  }
  return rows[from.length]?.[to.length] ?? 0;
}
