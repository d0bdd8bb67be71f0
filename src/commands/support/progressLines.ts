/** Lines about an instance's life; a live view takes them over while it holds the terminal. */
export class ProgressLines {
  readonly #print: (line: string) => void;
  #diverted: ((line: string) => void) | undefined;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  readonly write = (line: string): void => {
    (this.#diverted ?? this.#print)(line);
  };

  /** Sends what is written from now on to a view; undefined: it is printed again. */
  divert(to: ((line: string) => void) | undefined): void {
    this.#diverted = to;
  }
}
