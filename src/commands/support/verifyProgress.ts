import type { VerifyOptions } from '../../pipeline/verify/verify.js';
import { groupedNumber } from '../../ui/terminal/text.js';

const quietMs = 2_000;
const everyMs = 1_000;

/** Prints the progress of a verification to a stream, unless the verification is short. */
export class VerifyProgress implements Required<Pick<VerifyOptions, 'onStep' | 'onProgress'>> {
  readonly #stream: { write(text: string): unknown };
  readonly #startedMs = performance.now();
  #printedMs = 0;
  #step = '';

  constructor(stream: { write(text: string): unknown }) {
    this.#stream = stream;
  }

  readonly onStep = (what: string, step: number, of: number): void => {
    this.#step = `${step}/${of} ${what}`;
    if (performance.now() - this.#startedMs > quietMs) this.#print(`verify: ${this.#step}`);
  };

  readonly onProgress = (done: number, of?: number): void => {
    if (performance.now() - this.#startedMs < quietMs) return;
    const total = of === undefined ? '' : ` of ${groupedNumber(of)}`;
    this.printThrottled(`verify: ${this.#step}: ${groupedNumber(done)}${total}`);
  };

  readonly onRepairStep = (what: string, step: number, of: number): void => {
    this.#print(`repair: ${step}/${of} ${what}`);
  };

  /** Prints a line, unless one was printed within the last second. */
  readonly printThrottled = (line: string): void => {
    if (performance.now() - this.#printedMs > everyMs) this.#print(line);
  };

  #print(line: string): void {
    this.#printedMs = performance.now();
    this.#stream.write(`${line}\n`);
  }
}
