/** How to process the parts of a batch. */
export interface BisectSteps<Item> {
  /** Processes all items, or throws and has processed none. */
  readonly attempt: (items: readonly Item[]) => Promise<void>;
  /** Whether an item caused the error. */
  readonly isRefusal: (error: unknown) => boolean;
  /** Handles the single item that caused an error. */
  readonly refuse: (item: Item, error: unknown) => Promise<void>;
}

/**
 * Processes a batch in order, and halves a rejected part until each offending item is isolated: a
 * batch of n items, k of them offending, takes at most 2k (1 + log2 n) + 1 attempts.
 * @throws an error that no item caused; the items before it stay processed
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
