import { readFileSync } from 'node:fs';

import { packageFile } from '../../util/paths.js';

/** A statement of sql/queries/, prepared under its name on each connection. */
export interface Sql {
  readonly name: string;
  readonly text: string;
}

/** Loads sql/queries/NAME.sql, which documents its parameters and rows at its top. */
export function loadSql(name: string): Sql {
  return { name, text: readFileSync(packageFile(`sql/queries/${name}.sql`), 'utf8') };
}
