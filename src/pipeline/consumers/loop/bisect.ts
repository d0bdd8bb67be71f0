/** What is done with the parts of a batch. */
export interface BisectSteps<Item> {
  /** Does all of them, or throws and has done none. */
  readonly attempt: (items: readonly Item[]) => Promise<void>;
  /** Whether some item is to blame for an error. */
  readonly isRefusal: (error: unknown) => boolean;
  /** Deals with the one item that is. */
  readonly refuse: (item: Item, error: unknown) => Promise<void>;
}

/**
 * Does a batch in its order, halving what is refused until the items that are to blame stand alone:
 * n items with k of them to blame cost at most 2k (1 + log2 n) + 1 attempts.
 * @throws an error that no item is to blame for; what was done before it stays done
 */
export async function bisect<Item>(
  items: readonly Item[],
  steps: BisectSteps<Item>,
): Promise<void> {
  try {
    await steps.attempt(items);
  } catch (error) {
    const [only] = items;
    if (only === undefined || !steps.isRefusal(error)) throw error;
    if (items.length === 1) {
      await steps.refuse(only, error);
      return;
    }
    const middle = Math.ceil(items.length / 2);
    await bisect(items.slice(0, middle), steps);
    await bisect(items.slice(middle), steps);
  }
}
