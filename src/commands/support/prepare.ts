/** Stands in for src/pipeline/prepare.ts until that is there. */
export function prepareStores(): Promise<void> {
  return Promise.resolve();
}
