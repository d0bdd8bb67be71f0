import type { VerifyOptions } from '../../pipeline/verify/verify.js';
import { groupedNumber } from '../../ui/terminal/text.js';

const quietMs = 2_000;
const everyMs = 1_000;

/** Tells on a stream how a long verification goes on; of a short one, nothing. */
export class VerifyProgress implements Required<Pick<VerifyOptions, 'onStep' | 'onProgress'>> {
  readonly #stream: { write(text: string): unknown };
  readonly #startedMs = performance.now();
  #saidMs = 0;
  #step = '';

  constructor(stream: { write(text: string): unknown }) {
    this.#stream = stream;
  }

  readonly onStep = (what: string, step: number, of: number): void => {
    this.#step = `${step}/${of} ${what}`;
    if (performance.now() - this.#startedMs > quietMs) this.#say(`verify: ${this.#step}`);
  };

  readonly onProgress = (done: number, of?: number): void => {
    if (performance.now() - this.#startedMs < quietMs) return;
    const total = of === undefined ? '' : ` of ${groupedNumber(of)}`;
    this.sayNow(`verify: ${this.#step}: ${groupedNumber(done)}${total}`);
  };

  readonly onRepairStep = (what: string, step: number, of: number): void => {
    this.#say(`repair: ${step}/${of} ${what}`);
  };

  /** Says a line, if none was said for a second. */
  readonly sayNow = (line: string): void => {
    if (performance.now() - this.#saidMs > everyMs) this.#say(line);
  };

  #say(line: string): void {
    this.#saidMs = performance.now();
    this.#stream.write(`${line}\n`);
  }
}
