import type { Instance } from '../../stack/index.js';

/**
 * Shows an instance while it runs, until the signal ends it: in plain lines, which its progress
 * prints by itself. The seam for the live view of src/ui.
 */
export function watchInstance(
  instance: Instance,
  write: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  write(`instance "${instance.name}" runs; Ctrl-C stops it`);
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
