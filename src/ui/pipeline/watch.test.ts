import { expect, it, vi } from 'vitest';

import type { PipelineSnapshot } from '../../pipeline/observe/snapshot.js';
import type { Live } from '../terminal/live.js';
import type { PipelineFrame } from './frame.js';
import { watchPipeline } from './watch.js';

const at = '2026-11-24T17:20:31Z';
const snapshot: PipelineSnapshot = {
  at,
  produced: 1,
  producedPerSecond: 2,
  ingest: undefined,
  groups: [],
  games: [],
  board: undefined,
  deadLetters: 0,
  deadLettersPerSecond: 0,
  latestDeadLetters: [],
  problems: [],
};

function fakeLive() {
  const frames: PipelineFrame[] = [];
  const close = vi.fn(() => Promise.resolve());
  const live: Live<PipelineFrame> = {
    update: (frame) => frames.push(frame),
    close,
    readerGone: new AbortController().signal,
    [Symbol.asyncDispose]: close,
  };
  return { live, frames, close };
}

const worker = { name: 'worker', state: 'ready', restarts: 0 } as const;
const shown = { title: 'gamemetrics', addresses: [], processes: () => [worker] };

it('a watch shows a snapshot at each interval, with the rates so far', async () => {
  const { live, frames, close } = fakeLive();
  const take = vi.fn(() => Promise.resolve(snapshot));
  const watch = watchPipeline({ ...shown, live, snapshot: take, intervalMs: 1 });
  expect(frames.map((frame) => frame.snapshot)).toEqual([undefined]);
  await vi.waitUntil(() => take.mock.calls.length >= 3);
  watch.set({ problems: ['worker: exited'] });
  await watch.refresh();
  const last = frames.at(-1);
  expect(last?.problems).toEqual(['worker: exited']);
  expect(last?.processes).toEqual([worker]);
  expect(last?.errors.map(({ text }) => text)).toEqual(['worker: exited']);
  expect(last?.rates.get('ingest')).toEqual(take.mock.calls.map(() => 2));
  await watch.close();
  expect(close).toHaveBeenCalledOnce();
});

it('a watch reports that a snapshot takes long, until it arrives', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  const { live, frames } = fakeLive();
  let arrive: (taken: PipelineSnapshot) => void = () => undefined;
  const hanging = new Promise<PipelineSnapshot>((resolve) => (arrive = resolve));
  const watch = watchPipeline({ ...shown, live, snapshot: () => hanging });
  vi.advanceTimersByTime(3000);
  vi.useRealTimers();
  expect(frames.map((frame) => frame.waitingSeconds)).toEqual([undefined, 2, 3]);
  arrive(snapshot);
  await vi.waitUntil(() => frames.at(-1)?.snapshot !== undefined);
  expect(frames.at(-1)?.waitingSeconds).toBeUndefined();
  await watch.close();
});

it('a watch closes without waiting for a snapshot that hangs, and shows nothing more', async () => {
  const { live, frames, close } = fakeLive();
  let arrive: (taken: PipelineSnapshot) => void = () => undefined;
  const hanging = new Promise<PipelineSnapshot>((resolve) => (arrive = resolve));
  const watch = watchPipeline({ ...shown, live, snapshot: () => hanging });
  await watch.close();
  expect(close).toHaveBeenCalledOnce();
  arrive(snapshot);
  await hanging;
  expect(frames).toHaveLength(1);
});

it('a watch reports that a snapshot threw, and restores the terminal', async () => {
  const { live, close } = fakeLive();
  const bug = new Error('bug');
  const take = vi.fn(() => Promise.reject(bug));
  const watch = watchPipeline({ ...shown, live, snapshot: take });
  await expect(watch.failed).rejects.toBe(bug);
  await watch.close();
  expect(close).toHaveBeenCalledOnce();
});
