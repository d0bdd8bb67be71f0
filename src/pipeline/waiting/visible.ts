import { setTimeout as sleep } from 'node:timers/promises';

import { groupName } from '../contract/topics.js';
import { readState, shownOffset } from '../projection/state.js';
import { getEvent } from '../read/event.js';
import type { Stores } from '../runtime/stores.js';

const pollMs = 2;

/**
 * Waits until an event is visible: `events` has its row, and the statistics projection in Redis
 * includes its offset.
 * @throws the signal's reason if it aborts first
 */
export async function untilVisible(
  { database, redis, namespace }: Stores,
  event: { readonly event_id: string; readonly player_id: string },
  signal: AbortSignal,
): Promise<void> {
  const row = await until(async () => {
    const rows = await getEvent(database, event.event_id);
    return rows.find(({ player_id }) => player_id === event.player_id);
  }, signal);
  const group = groupName(namespace, 'statistics');
  await until(async () => {
    const shown = shownOffset(await readState(redis, group), row.kafka_partition);
    return shown > row.kafka_offset ? true : undefined;
  }, signal);
}

async function until<T>(find: () => Promise<T | undefined>, signal: AbortSignal): Promise<T> {
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    await sleep(pollMs, undefined, { signal });
  }
}
