/** A signal that aborts when the reader of stdout goes away (`gamemetrics kafka read t | head`). */
export function readerGone(): AbortSignal {
  const gone = new AbortController();
  process.stdout.once('error', () => gone.abort());
  return gone.signal;
}
