import { readFileSync } from 'node:fs';

import { packageFile } from '../../util/paths.js';

/** A statement of sql/queries/, prepared under its name on each connection. */
export interface Sql {
  readonly name: string;
  readonly text: string;
}

/** Loads sql/queries/NAME.sql, whose header documents its parameters and rows. */
export function loadSql(name: string): Sql {
  return { name, text: readFileSync(packageFile(`sql/queries/${name}.sql`), 'utf8') };
}
