/** One line of what the engine says during a pull (POST /images/create of its API). */
export interface PullLine {
  /** The layer, or the tag in the first line. */
  readonly id?: string;
  readonly status?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  readonly error?: string;
}

const megabyte = 1_000_000;

/** Adds up what each layer of an image says of itself. */
export class PullTally {
  /** The last status of each layer, in bytes where it reports them. */
  readonly #layers = new Map<string, { status: string; current: number; total: number }>();

  /** @returns whether the line says anything new, and the engine's error, where it is one */
  add({ id = '', status = '', progressDetail, error }: PullLine): {
    readonly isNews: boolean;
    readonly error: string | undefined;
  } {
    const before = this.#layers.get(id);
    const total = progressDetail?.total ?? before?.total ?? 0;
    const done = status === 'Download complete' || status === 'Pull complete';
    // Extracting counts from zero again, of the same bytes.
    const now = status === 'Downloading' ? (progressDetail?.current ?? 0) : undefined;
    const current = done ? total : (now ?? before?.current ?? 0);
    const isNews =
      before?.status !== status ||
      before.current !== current ||
      progressDetail?.current !== undefined;
    if (!status.startsWith('Pulling from')) this.#layers.set(id, { status, current, total });
    return { isNews, error };
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
