import { renameSync, writeFileSync } from 'node:fs';

/** Replaces a file (mode 0600) in one step: a reader sees the old content or the new one. */
export function writeFileAtomically(file: string, content: string): void {
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, content, { mode: 0o600 });
  renameSync(temporary, file);
}
