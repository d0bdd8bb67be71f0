import { PassThrough } from 'node:stream';

import { Text } from 'ink';
import { createElement } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { openLive, plainIntervalMs, type View } from './live.js';
import type { Screen } from './terminal.js';

// Ink reads it when it is loaded, and renders nothing in CI.
vi.hoisted(() => vi.stubEnv('CI', 'false'));

const terminal: Screen = { interactive: true, colour: false, columns: 80, rows: 24 };
const pipe: Screen = { ...terminal, interactive: false };

const counter: View<number> = {
  render: (frame, { columns }) => createElement(Text, null, `frame ${frame} of ${columns} columns`),
  plain: (frame, previous) => [`frame ${frame} after ${previous ?? 'none'}`],
};

/** A stream that keeps what is written to it, and claims to be a terminal. */
function sink() {
  const stream = new PassThrough({ encoding: 'utf8' });
  const output = { text: '' };
  stream.on('data', (chunk: string) => (output.text += chunk));
  const size = { isTTY: true, columns: 80, rows: 24 };
  return { output, size, stream: Object.assign(stream, size) as unknown as NodeJS.WriteStream };
}

describe('a live view in a pipe', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('prints the first frame at once, then the newest once per second, and the last', async () => {
    const { stream, output } = sink();
    const live = openLive(counter, { stream, screen: pipe });
    live.update(1);
    expect(output.text).toBe('frame 1 after none\n');
    live.update(2);
    live.update(3);
    vi.advanceTimersByTime(plainIntervalMs - 1);
    expect(output.text).toBe('frame 1 after none\n');
    vi.advanceTimersByTime(1);
    expect(output.text).toBe('frame 1 after none\nframe 3 after 1\n');
    live.update(4);
    await live.close();
    expect(output.text).toBe('frame 1 after none\nframe 3 after 1\nframe 4 after 3\n');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('writes no escape code', async () => {
    const { stream, output } = sink();
    await using live = openLive(counter, { stream, screen: pipe });
    live.update(1);
    expect(output.text).not.toContain('\u001B');
  });

  it('reports that the reader went away, and writes no more', async () => {
    const { stream, output } = sink();
    await using live = openLive(counter, { stream, screen: pipe });
    stream.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    expect(live.readerGone.aborted).toBe(true);
    live.update(1);
    expect(output.text).toBe('');
  });
});

describe('a live view in a terminal', () => {
  it('renders frames, follows the size of the terminal, and restores the cursor', async () => {
    const { stream, output } = sink();
    const live = openLive(counter, { stream, screen: terminal });
    live.update(1);
    await vi.waitFor(() => expect(output.text).toContain('frame 1 of 80 columns'));
    Object.assign(stream, { columns: 60 });
    stream.emit('resize');
    live.update(2);
    await vi.waitFor(() => expect(output.text).toContain('frame 2 of 60 columns'));
    await live.close();
    await live.close();
    expect(output.text).toContain('\u001B[?25l');
    expect(output.text.lastIndexOf('\u001B[?25h')).toBeGreaterThan(
      output.text.lastIndexOf('\u001B[?25l'),
    );
    expect(stream.listenerCount('resize')).toBe(0);
  });

  it('closes even if it never showed a frame', async () => {
    const { stream, output } = sink();
    await openLive(counter, { stream, screen: terminal }).close();
    expect(output.text).toBe('');
  });
});
