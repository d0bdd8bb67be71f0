import { StoreUnavailable } from '../../stores/errors.js';
import { scoreEventType } from '../contract/event.js';
import { playerStatsKey } from '../contract/redisKeys.js';
import { topicName, type ConsumerRole, type TopicKey } from '../contract/topics.js';
import { periods, type Period } from '../contract/windows.js';
import { readProgress, type GroupProgress } from '../observe/progress.js';
import type { Stores } from '../runtime/stores.js';
import { traceEvent, type EventDeadLetter, type TracedEvent } from './eventTrace.js';
import { getLeaderboard } from './leaderboard.js';
import { getPlayerStatistics } from './player.js';

/** The stages of an event_id in the pipeline. */
export interface Journey {
  readonly event_id: string;
  /** One for each player that used the event_id; empty if it is not stored (yet). */
  readonly events: readonly EventJourney[];
  readonly deadLetters: readonly EventDeadLetter[];
  /** Records that the logger has not read yet; an event that is not stored may be one of them. */
  readonly unread: number;
}

export interface EventJourney extends TracedEvent {
  /** In pipeline order. */
  readonly stages: readonly Stage[];
}

export interface Stage {
  readonly name: string;
  /** `none`: the stage does not apply to the event. */
  readonly state: 'done' | 'pending' | 'failed' | 'none';
  /** The time at which the stage was done, RFC 3339; undefined if it is not stored. */
  readonly at?: string;
  /** Such as `player.events.raw, partition 0, offset 17`. */
  readonly place: string;
  /** The result of the stage, or why it has none. */
  readonly detail: string;
}

/**
 * Reads which stages an event has passed, and which are still pending.
 * @param eventId a UUID
 * @throws StoreUnavailable
 */
export async function getJourney(stores: Stores, eventId: string): Promise<Journey> {
  // Read the progress first: a group stores its offset together with its counts, so a group that was
  // past the event at that time has counted it by now, or never will.
  const progress = await readProgress(stores, ['logger', 'statistics', 'leaderboard']);
  const { events, deadLetters } = await traceEvent(stores.database, eventId);
  return {
    event_id: eventId,
    events: await Promise.all(
      events.map(async (event) => ({
        ...event,
        stages: [
          ...storedStages(stores, event),
          ...(await statisticsStages(stores, event, progress)),
          ...(await boardStages(stores, event, progress)),
        ],
      })),
    ),
    deadLetters,
    unread: progress.find(({ role }) => role === 'logger')?.lag ?? 0,
  };
}

/** A row in `events` proves all of these stages: its COMMIT follows the derived messages. */
function storedStages(stores: Stores, event: TracedEvent): Stage[] {
  const { kafka_partition: partition, kafka_offset: offset } = event;
  return [
    {
      name: 'ingest',
      state: 'done',
      at: event.ingested_at.toISOString(),
      place: 'HTTP',
      detail: 'accepted; 202 after Kafka acknowledged it',
    },
    {
      name: 'raw topic',
      state: 'done',
      place: `${topicName(stores.namespace, 'raw')}, partition ${partition}, offset ${offset}`,
      detail: 'written',
    },
    {
      name: 'logger',
      state: 'done',
      at: event.created_at.toISOString(),
      place: 'Postgres events',
      detail: 'stored',
    },
    published(stores, 'processed', partition),
  ];
}

async function statisticsStages(
  stores: Stores,
  event: TracedEvent,
  progress: readonly GroupProgress[],
): Promise<Stage[]> {
  const { player_id: player, kafka_partition: partition } = event;
  const place = `Postgres player_statistics, Redis ${playerStatsKey(stores.namespace, player)}`;
  if (!event.in_statistics) return [uncounted('statistics', place, event, progress)];
  const totals = await getPlayerStatistics(stores.database, player);
  const count = totals?.total_events ?? 0;
  return [
    { name: 'statistics', state: 'done', place, detail: `counted; the player has ${count} now` },
    published(stores, 'statistics', partition),
  ];
}

async function boardStages(
  stores: Stores,
  event: TracedEvent,
  progress: readonly GroupProgress[],
): Promise<Stage[]> {
  const place = `leaderboards of ${event.game_id}`;
  if (event.event_type !== scoreEventType) {
    const detail = `only ${scoreEventType} events count`;
    return [{ name: 'leaderboard', state: 'none', place, detail }];
  }
  if (!event.in_leaderboards) return [uncounted('leaderboard', place, event, progress)];
  return Promise.all(periods.map(async (period) => boardStage(stores, event, period)));
}

async function boardStage(stores: Stores, event: TracedEvent, period: Period): Promise<Stage> {
  const { game_id: gameId, player_id: around } = event;
  const atMs = event.event_timestamp.getTime();
  const stage = { name: 'leaderboard', state: 'done' } as const;
  try {
    const board = await getLeaderboard(stores, { gameId, period, atMs, limit: 1, around });
    const [row] = board.rows;
    const window = board.window === period ? '' : ` ${board.window}`;
    const place = `${period} board of ${gameId}${window}`;
    const rank = row === undefined ? '' : `; rank ${row.rank} with ${row.score} now`;
    return { ...stage, place, detail: `counted${rank}` };
  } catch (error) {
    if (!(error instanceof StoreUnavailable && error.store === 'redis')) throw error;
    const detail = 'counted; the rank is unknown because Redis does not answer';
    return { ...stage, place: `${period} board of ${gameId}`, detail };
  }
}

function published(stores: Stores, topic: TopicKey, partition: number): Stage {
  return {
    name: 'derived topic',
    state: 'done',
    place: `${topicName(stores.namespace, topic)}, partition ${partition}`,
    detail: 'published before the commit',
  };
}

/** The stage of a group that has not counted the event: pending, or failed if the group has passed it. */
function uncounted(
  name: ConsumerRole,
  place: string,
  { kafka_partition: partition, kafka_offset: offset }: TracedEvent,
  progress: readonly GroupProgress[],
): Stage {
  const group = progress.find(({ role }) => role === name);
  const stored = group?.partitions.find((each) => each.partition === partition)?.stored ?? 0;
  return stored > offset
    ? {
        name,
        state: 'failed',
        place,
        detail: 'skipped: the consumer has passed the event without counting it',
      }
    : { name, state: 'pending', place, detail: `waiting for ${offset - stored} earlier records` };
}
