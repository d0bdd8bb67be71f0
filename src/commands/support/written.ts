import type { Writable } from 'node:stream';

/**
 * Resolves once a reader has taken what was written to a stream, or is gone. A pipe takes 64 KiB at
 * once: the rest waits in this process, and is lost with it.
 */
export async function written(stream: Writable): Promise<void> {
  if (stream.writableLength === 0) return;
  await new Promise<void>((resolve) => {
    stream.write('', () => resolve());
  });
}
