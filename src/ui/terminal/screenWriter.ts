import { EventEmitter } from 'node:events';

import { screenOf } from './terminal.js';

/** Control sequences of DEC and xterm terminals, which all others understand. */
const sequences = {
  enter: '\u001B[?1049h\u001B[?25l\u001B[2J',
  leave: '\u001B[?25h\u001B[?1049l',
  clear: '\u001B[2J',
  clearLine: '\u001B[K',
  /** Terminals that support these show everything between them at once. */
  beginUpdate: '\u001B[?2026h',
  endUpdate: '\u001B[?2026l',
} as const;

/**
 * Writes frames to a terminal's alternate screen. Each line has a fixed row, and only the lines
 * that have changed are written, so that nothing flickers, or tears when the window is resized. Ink
 * uses it as its stdout.
 */
export class ScreenWriter extends EventEmitter {
  readonly #stream: NodeJS.WriteStream;
  #lines: readonly string[] = [];
  #isOpen = false;

  constructor(stream: NodeJS.WriteStream) {
    super();
    this.#stream = stream;
  }

  get columns(): number {
    return screenOf(this.#stream).columns;
  }

  get rows(): number {
    return screenOf(this.#stream).rows;
  }

  enter(): void {
    this.#isOpen = true;
    this.#stream.write(sequences.enter);
  }

  /** Restores the terminal. Idempotent. */
  leave(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#stream.write(sequences.leave);
  }

  /** Clears the screen: a resize has moved the lines on it. */
  forget(): void {
    this.#lines = [];
    if (this.#isOpen) this.#stream.write(sequences.clear);
  }

  /** Writes a frame; lines that do not fit on the screen are left out. */
  write(frame: string): boolean {
    if (!this.#isOpen) return true;
    const lines = frame.split('\n').slice(0, this.rows);
    const changes: string[] = [];
    for (let row = 0; row < Math.max(lines.length, this.#lines.length); row += 1) {
      const line = lines[row] ?? '';
      if (line === this.#lines[row]) continue;
      changes.push(`\u001B[${row + 1};1H${line}${sequences.clearLine}`);
    }
    this.#lines = lines;
    if (changes.length === 0) return true;
    return this.#stream.write(sequences.beginUpdate + changes.join('') + sequences.endUpdate);
  }
}
