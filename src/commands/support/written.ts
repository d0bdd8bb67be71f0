import type { Writable } from 'node:stream';

/**
 * Resolves when everything written to a stream has reached its reader, or the reader went away. A
 * pipe holds 64 KiB: the rest waits in this process, and is lost if the process exits.
 */
export async function written(stream: Writable): Promise<void> {
  if (stream.writableLength === 0) return;
  await new Promise<void>((resolve) => {
    stream.write('', () => resolve());
  });
}
