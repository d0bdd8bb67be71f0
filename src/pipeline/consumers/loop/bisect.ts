/** How the parts of a batch are processed. */
export interface BisectSteps<Item> {
  /** Processes all of the items, or throws and has processed none. */
  readonly attempt: (items: readonly Item[]) => Promise<void>;
  /** Whether an item is to blame for the error. */
  readonly isRefusal: (error: unknown) => boolean;
  /** Disposes of the one item that is. */
  readonly refuse: (item: Item, error: unknown) => Promise<void>;
}

/**
 * Processes a batch in order, halving what is refused until each item that is to blame stands alone:
 * n items with k of them to blame cost at most 2k (1 + log2 n) + 1 attempts.
 * @throws an error that no item is to blame for; the items before it stay processed
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
