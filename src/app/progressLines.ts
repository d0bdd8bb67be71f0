import type { ProgressEvent } from '../stack/index.js';

/** The type of a line's event; undefined if the line is not about an event. */
type LineType = ProgressEvent['type'] | undefined;

type Print = (line: string, type?: LineType) => void;

/** Prints lines about the state of an instance; a live view receives them while it uses the terminal. */
export class ProgressLines {
  readonly #print: Print;
  #diverted: Print | undefined;

  constructor(print: Print) {
    this.#print = print;
  }

  readonly write: Print = (line, type) => {
    (this.#diverted ?? this.#print)(line, type);
  };

  /** Diverts later lines to a view; undefined prints them again. */
  divert(to: Print | undefined): void {
    this.#diverted = to;
  }
}
