/** One line of a Prometheus text exposition. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? ([^ ]+)/;
const label = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/**
 * Parses the samples of a text exposition whose names begin with one of the prefixes; other lines are
 * ignored. Format: https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function parseSamples(text: string, prefixes: readonly string[]): Sample[] {
  const wanted = text
    .split('\n')
    .filter((each) => prefixes.some((prefix) => each.startsWith(prefix)));
  return wanted.flatMap((each) => {
    const [, name, labels = '', value] = line.exec(each) ?? [];
    if (name === undefined) return [];
    return [
      { name, labels: parseLabels(labels), value: Number(value?.replace('Inf', 'Infinity')) },
    ];
  });
}

function parseLabels(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(label)].map(([, name = '', value = '']) => [
      name,
      value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped)),
    ]),
  );
}

/** The sum of a metric's samples that have these labels. */
export function total(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  return samples
    .filter((sample) => sample.name === name)
    .filter((sample) =>
      Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    )
    .reduce((sum, { value }) => sum + value, 0);
}

/** A histogram's cumulative counts by upper bound. */
export type Buckets = ReadonlyMap<number, number>;

/** The buckets of a histogram, summed over the samples that `counts` selects. */
export function bucketsOf(
  samples: readonly Sample[],
  histogram: string,
  counts: (labels: Sample['labels']) => boolean,
): Buckets {
  const buckets = new Map<number, number>();
  for (const { name, labels, value } of samples) {
    if (name !== `${histogram}_bucket` || !counts(labels)) continue;
    const bound = Number(labels['le']?.replace('+Inf', 'Infinity'));
    buckets.set(bound, (buckets.get(bound) ?? 0) + value);
  }
  return buckets;
}

/** The counts between two readings; a counter that decreased has restarted from 0. */
export function bucketsSince(now: Buckets, before: Buckets): Buckets {
  const isReset = [...now].some(([bound, count]) => count < (before.get(bound) ?? 0));
  if (isReset) return now;
  return new Map([...now].map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)]));
}

/**
 * Computes a quantile by linear interpolation in its bucket, like Prometheus' histogram_quantile; above
 * the last finite bound it is that bound.
 * @returns undefined if nothing was observed
 */
export function quantile(share: number, buckets: Buckets): number | undefined {
  const sorted = [...buckets].sort(([a], [b]) => a - b);
  const observed = sorted.at(-1)?.[1] ?? 0;
  if (observed === 0) return undefined;
  const wanted = share * observed;
  let lower = { bound: 0, count: 0 };
  for (const [bound, count] of sorted) {
    if (count >= wanted) {
      if (bound === Infinity) return lower.bound;
      const inside = count - lower.count;
      return inside === 0
        ? bound
        : lower.bound + ((bound - lower.bound) * (wanted - lower.count)) / inside;
    }
    lower = { bound, count };
  }
  return lower.bound;
}
