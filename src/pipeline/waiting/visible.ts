import { setTimeout as sleep } from 'node:timers/promises';

import { projectionKey } from '../contract/redisKeys.js';
import { groupName } from '../contract/topics.js';
import { getEvent } from '../read/event.js';
import type { Stores } from '../runtime/stores.js';

const pollMs = 2;

/**
 * Waits until an event shows in its sinks: its row in `events`, and the statistics' picture in Redis
 * as far as its offset.
 * @throws the signal's reason when it aborts first
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
  const key = projectionKey(groupName(namespace, 'statistics'));
  await until(async () => {
    const marker = await redis.run(async (client) => client.hget(key, String(row.kafka_partition)));
    return Number(marker?.split(':')[1] ?? 0) > row.kafka_offset ? true : undefined;
  }, signal);
}

async function until<T>(find: () => Promise<T | undefined>, signal: AbortSignal): Promise<T> {
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    await sleep(pollMs, undefined, { signal });
  }
}
