/** One line of the engine's response to a pull (POST /images/create of its API). */
export interface PullLine {
  /** The layer; in the first line, the tag. */
  readonly id?: string;
  readonly status?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  readonly error?: string;
}

const megabyte = 1_000_000;

/** Adds up the progress of the layers of an image. */
export class PullTally {
  /** The last status of each layer, with bytes if it reports them. */
  readonly #layers = new Map<string, { status: string; current: number; total: number }>();

  /** @returns whether the line reports a change, and the engine's error, if any */
  add({ id = '', status = '', progressDetail, error }: PullLine): {
    readonly isChange: boolean;
    readonly error: string | undefined;
  } {
    const before = this.#layers.get(id);
    const total = progressDetail?.total ?? before?.total ?? 0;
    const done = status === 'Download complete' || status === 'Pull complete';
    // Extracting counts the same bytes again, from zero.
    const now = status === 'Downloading' ? (progressDetail?.current ?? 0) : undefined;
    const current = done ? total : (now ?? before?.current ?? 0);
    const isChange =
      before?.status !== status ||
      before.current !== current ||
      progressDetail?.current !== undefined;
    if (!status.startsWith('Pulling from')) this.#layers.set(id, { status, current, total });
    return { isChange, error };
  }

  /** Such as `45 of 212 MB`; the total grows as layers report their sizes. */
  describe(): string {
    const layers = [...this.#layers.values()];
    const total = layers.reduce((sum, layer) => sum + layer.total, 0);
    const current = layers.reduce((sum, layer) => sum + layer.current, 0);
    if (total === 0) return 'waiting for the registry';
    const rest = layers.some(({ status }) => status === 'Downloading') ? '' : ', unpacking';
    return `${Math.round(current / megabyte)} of ${Math.round(total / megabyte)} MB${rest}`;
  }
}
