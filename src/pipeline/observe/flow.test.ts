import { describe, expect, it } from 'vitest';

import { groupFlow, perSecond, type Reading } from './flow.js';
import type { GroupProgress } from './progress.js';

function progress(stored: readonly number[], ends: readonly number[]): GroupProgress {
  const partitions = ends.map((logEnd, partition) => {
    const at = stored[partition] ?? 0;
    return { partition, logEnd, stored: at, lag: logEnd - at };
  });
  const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
  return {
    role: 'logger',
    group: 'event-logger-group',
    topic: 'player.events.raw',
    processed: sum(stored),
    lag: sum(partitions.map(({ lag }) => lag)),
    partitions,
  };
}

function reading(seconds: number, group: GroupProgress): Reading {
  return { atMs: seconds * 1_000, produced: 0, deadLetters: 0, groups: [group] };
}

function flowBetween(before: GroupProgress, now: GroupProgress, seconds = 2) {
  const earlier = reading(0, before);
  return groupFlow(now, reading(seconds, now), earlier, earlier);
}

describe('the flow of a group', () => {
  it('has the write and processing rates, and the time until the lag is 0', () => {
    const { flow, partitions, skew, lag } = flowBetween(
      progress([0, 0], [100, 100]),
      progress([100, 40], [120, 100]),
    );
    expect(lag).toBe(80);
    expect(flow).toEqual({ arrivalPerSecond: 10, drainPerSecond: 70, etaSeconds: 80 / 60 });
    expect(partitions[1]?.flow).toEqual({ arrivalPerSecond: 0, drainPerSecond: 20, etaSeconds: 3 });
    expect(skew).toBe(1.5);
  });

  it('has no estimated end if the lag grows or does not change', () => {
    expect(flowBetween(progress([0], [10]), progress([10], [50])).flow.etaSeconds).toBeUndefined();
    expect(flowBetween(progress([5], [10]), progress([5], [10])).flow.etaSeconds).toBeUndefined();
  });

  it('has ended and has no skew if there is no lag', () => {
    const { flow, skew } = flowBetween(progress([10], [10]), progress([10], [10]));
    expect(flow.etaSeconds).toBe(0);
    expect(skew).toBeUndefined();
  });

  it('has rates of zero at the first reading', () => {
    const now = progress([5], [10]);
    const first = groupFlow(now, reading(1, now), undefined, undefined);
    expect(first.processedPerSecond).toBe(0);
    expect(first.flow).toEqual({ arrivalPerSecond: 0, drainPerSecond: 0, etaSeconds: undefined });
  });
});

it('a rate is never negative, even if a topic was recreated', () => {
  const [before, now] = [reading(0, progress([50], [50])), reading(1, progress([1], [1]))];
  expect(perSecond(now, before, ({ groups }) => groups[0]?.processed)).toBe(0);
});
