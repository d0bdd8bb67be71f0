import type { Queryable } from '../../stores/postgres/database.js';

/** How many events are stored. */
export async function countEvents(database: Queryable): Promise<number> {
  const [row] = await database.query<{ events: number }>('SELECT count(*) AS events FROM events');
  return row?.events ?? 0;
}
