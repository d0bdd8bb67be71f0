import { loadSql } from '../../stores/postgres/sql.js';
import type { Stores } from '../runtime/stores.js';

const selectPageEnd = loadSql('select_page_end');

/** Events per page; one statement compares a page. */
const pageEvents = 100_000;

/** Sorts after every player: a name has at most 100 characters, none of them greater than this one. */
const lastPlayer = '\u{10ffff}'.repeat(101);

/** A range of players, in the byte order of their names. */
export interface PlayerPage {
  /** Exclusive. */
  readonly after: string;
  /** Inclusive. */
  readonly upTo: string;
  /** Approximate number of events up to the end of the page. */
  readonly events: number;
}

/** Yields pages of about equal size that cover all possible players, even those in no table. */
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
