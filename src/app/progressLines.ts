import type { ProgressEvent } from '../stack/index.js';

/** What kind of line it is; one that is about no event has none. */
type LineType = ProgressEvent['type'] | undefined;

type Print = (line: string, type?: LineType) => void;

/** Lines about an instance's life; a live view takes them over while it holds the terminal. */
export class ProgressLines {
  readonly #print: Print;
  #diverted: Print | undefined;

  constructor(print: Print) {
    this.#print = print;
  }

  readonly write: Print = (line, type) => {
    (this.#diverted ?? this.#print)(line, type);
  };

  /** Sends what is written from now on to a view; undefined: it is printed again. */
  divert(to: Print | undefined): void {
    this.#diverted = to;
  }
}
