import { PassThrough } from 'node:stream';

import { describe, expect, it } from 'vitest';

import { ScreenWriter } from './screenWriter.js';

function terminal(size = { rows: 4, columns: 80 }) {
  const stream = new PassThrough({ encoding: 'utf8' });
  const said = { text: '' };
  stream.on('data', (chunk: string) => (said.text += chunk));
  const tty = Object.assign(stream, { isTTY: true, ...size }) as unknown as NodeJS.WriteStream;
  const writer = new ScreenWriter(tty);
  /** What was written since it was asked last. */
  const taken = () => {
    const { text } = said;
    said.text = '';
    return text;
  };
  return { writer, taken };
}

describe('a screen', () => {
  it('is drawn line by line, and then only where it has changed', () => {
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

  it('is drawn whole after a resize, and never beyond its last row', () => {
    const { writer, taken } = terminal();
    writer.enter();
    writer.write('a\nb');
    taken();
    writer.forget();
    writer.write('1\n2\n3\n4\n5');
    expect(taken()).toMatch(/^.\[2J.*1;1H1.*4;1H4[^5]*$/);
  });

  it('is left once, and nothing is written after it', () => {
    const { writer, taken } = terminal();
    writer.enter();
    taken();
    writer.leave();
    writer.leave();
    writer.write('late');
    writer.forget();
    expect(taken()).toBe('\u001B[?25h\u001B[?1049l');
  });

  it('takes a size of 0 for one that is not known', () => {
    const { writer } = terminal({ rows: 0, columns: 0 });
    expect([writer.rows, writer.columns]).toEqual([24, 80]);
  });
});
