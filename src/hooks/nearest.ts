/**
 * Finds the command that the user probably meant: of those that resemble the start of the command
 * line, the one with the most words, then the fewest typing mistakes; undefined if there is none.
 * @param typed the words of the command line, which may include arguments
 */
export function nearest(typed: string, commands: readonly string[]): string | undefined {
  const words = typed.toLowerCase().split(' ');
  const [first] = commands
    .map((command) => {
      const wanted = command.split(' ');
      return { command, words: wanted.length, mistakes: mistakesIn(words, wanted) };
    })
    .filter(({ mistakes }) => mistakes !== undefined)
    .sort((a, b) => b.words - a.words || (a.mistakes ?? 0) - (b.mistakes ?? 0));
  return first?.command;
}

/** @returns undefined if a word is a different one rather than a mistyped one */
function mistakesIn(typed: readonly string[], wanted: readonly string[]): number | undefined {
  let sum = 0;
  for (const [index, word] of wanted.entries()) {
    const mistakes = distance(typed[index] ?? '', word);
    if (mistakes > Math.floor(word.length / 2)) return undefined;
    sum += mistakes;
  }
  return sum;
}

/**
 * The optimal string alignment distance: how many characters to insert, delete, replace or swap
 * with the next one to turn one word into another.
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
