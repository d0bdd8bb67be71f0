import { expect, it } from 'vitest';

import type { Sql } from '../../stores/postgres/sql.js';
import type { Stores } from '../runtime/stores.js';
import { getJourney } from './journey.js';

const event = {
  event_id: '018f3a4e-0000-7000-8000-000000000000',
  event_type: 'level_up',
  player_id: 'ann',
  game_id: 'g',
  event_timestamp: new Date(0),
  ingested_at: new Date(0),
  data: {},
  kafka_partition: 0,
  kafka_offset: 7,
  created_at: new Date(0),
  in_leaderboards: false,
};

/** A PostgreSQL in which the statistics commit the event's batch right after the first statement. */
function storesThatAdvance(): Stores {
  let statements = 0;
  const query = async (sql: Sql | string): Promise<object[]> => {
    const isCounted = statements > 0;
    statements += 1;
    const name = typeof sql === 'string' ? sql : sql.name;
    const next = { topic: 't', partition: 0, next_offset: isCounted ? 8 : 7 };
    const answers: Record<string, object[]> = {
      select_event_trace: [{ ...event, in_statistics: isCounted }],
      select_offsets: [{ consumer_group: 'stats-aggregator-group', ...next }],
    };
    return Promise.resolve(answers[name] ?? []);
  };
  const admin = { logRanges: async () => Promise.resolve([{ partition: 0, start: 0, end: 8 }]) };
  return { namespace: '', database: { query }, admin } as unknown as Stores;
}

it('a batch that commits during a lookup is never reported as a failure', async () => {
  const { events } = await getJourney(storesThatAdvance(), event.event_id);
  const stage = events[0]?.stages.find(({ name }) => name === 'statistics');
  expect(stage?.state).not.toBe('failed');
});
