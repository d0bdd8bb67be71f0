import { loadSql } from '../../stores/postgres/sql.js';
import type { Stores } from '../runtime/stores.js';

const selectPageEnd = loadSql('select_page_end');

/** Events of a page; one statement compares them. */
const pageEvents = 100_000;

/** Sorts after every player: a name has at most 100 characters, and none is greater than this one. */
const lastPlayer = '\u{10ffff}'.repeat(101);

/** The players in a range, in the byte order of their names. */
export interface PlayerPage {
  /** Exclusive. */
  readonly after: string;
  /** Inclusive. */
  readonly upTo: string;
  /** Events up to the page's end, roughly. */
  readonly events: number;
}

/** Pages that cover every possible player, also one that no table has, with about as many events each. */
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
