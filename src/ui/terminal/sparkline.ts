const bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/**
 * The last `width` values as bars, scaled from zero to the largest of them. The newest is on the
 * right; if there are fewer values, the left is blank.
 */
export function sparkline(values: readonly number[], width: number): string {
  const shown = width > 0 ? values.slice(-width) : [];
  const top = Math.max(...shown, 0);
  const drawn = shown.map((value) => bars[level(value, top)] ?? ' ').join('');
  return drawn.padStart(width);
}

function level(value: number, top: number): number {
  if (top === 0 || value <= 0) return 0;
  return Math.max(1, Math.ceil((value / top) * bars.length) - 1);
}

/** A bar of `width` columns, of which `share` (0 to 1) is filled. */
export function progressBar(share: number, width: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
  return '█'.repeat(filled) + '░'.repeat(width - filled);
}
