import { loadSql } from '../../stores/postgres/sql.js';
import type { Stores } from '../runtime/stores.js';

const selectPageEnd = loadSql('select_page_end');

/** Events of a page: so many are compared in one statement. */
const pageEvents = 100_000;

/** Behind every player: a name has at most 100 characters, and none is greater than this one. */
const lastPlayer = '\u{10ffff}'.repeat(101);

/** All players between two, in the order of their names' bytes. */
export interface PlayerPage {
  readonly after: string;
  /** The last of the page. */
  readonly upTo: string;
  /** Events up to the page's end, roughly. */
  readonly events: number;
}

/** All players, whether or not any table knows them, in pages of like numbers of events. */
export async function* playerPages({ database }: Stores): AsyncGenerator<PlayerPage> {
  let after = '';
  for (let events = pageEvents; ; events += pageEvents) {
    const [end] = await database.query<{ player_id: string }>(selectPageEnd, [after, pageEvents]);
    const upTo = end?.player_id ?? lastPlayer;
    yield { after, upTo, events };
    if (end === undefined) return;
    after = upTo;
  }
}
