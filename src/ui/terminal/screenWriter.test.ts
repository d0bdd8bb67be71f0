import { PassThrough } from 'node:stream';

import { describe, expect, it } from 'vitest';

import { ScreenWriter } from './screenWriter.js';

function terminal(size = { rows: 4, columns: 80 }) {
  const stream = new PassThrough({ encoding: 'utf8' });
  const output = { text: '' };
  stream.on('data', (chunk: string) => (output.text += chunk));
  const tty = Object.assign(stream, { isTTY: true, ...size }) as unknown as NodeJS.WriteStream;
  const writer = new ScreenWriter(tty);
  /** What was written since the last call. */
  const taken = () => {
    const { text } = output;
    output.text = '';
    return text;
  };
  return { writer, taken };
}

describe('a screen', () => {
  it('is written line by line, and then only the lines that have changed', () => {
    const { writer, taken } = terminal();
    writer.enter();
    taken();
    writer.write('a\nb\nc');
    expect(taken()).toBe(
      '\u001B[?2026h\u001B[1;1Ha\u001B[K\u001B[2;1Hb\u001B[K\u001B[3;1Hc\u001B[K\u001B[?2026l',
    );
    writer.write('a\nB\nc');
    expect(taken()).toBe('\u001B[?2026h\u001B[2;1HB\u001B[K\u001B[?2026l');
    writer.write('a\nB\nc');
    expect(taken()).toBe('');
    writer.write('a');
    expect(taken()).toContain('\u001B[2;1H\u001B[K\u001B[3;1H\u001B[K');
  });

  it('is written whole after a resize, and never past its last row', () => {
    const { writer, taken } = terminal();
    writer.enter();
    writer.write('a\nb');
    taken();
    writer.forget();
    writer.write('1\n2\n3\n4\n5');
    expect(taken()).toMatch(/^.\[2J.*1;1H1.*4;1H4[^5]*$/);
  });

  it('is left only once, and nothing is written afterwards', () => {
    const { writer, taken } = terminal();
    writer.enter();
    taken();
    writer.leave();
    writer.leave();
    writer.write('late');
    writer.forget();
    expect(taken()).toBe('\u001B[?25h\u001B[?1049l');
  });

  it('treats a size of 0 as unknown', () => {
    const { writer } = terminal({ rows: 0, columns: 0 });
    expect([writer.rows, writer.columns]).toEqual([24, 80]);
  });
});
