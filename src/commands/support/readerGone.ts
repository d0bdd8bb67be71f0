/** Aborted when nobody reads stdout any more (`gamemetrics kafka read … | head`). */
export function readerGone(): AbortSignal {
  const gone = new AbortController();
  process.stdout.once('error', () => gone.abort());
  return gone.signal;
}
