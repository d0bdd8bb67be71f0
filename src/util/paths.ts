import { fileURLToPath } from 'node:url';

/** The package's own folder, the same from src/ and from dist/. */
const packageRoot = new URL('../../', import.meta.url);

/** A file of the package by its path from the package's root, such as `sql/queries/x.sql`. */
export function packageFile(path: string): string {
  return fileURLToPath(new URL(path, packageRoot));
}
