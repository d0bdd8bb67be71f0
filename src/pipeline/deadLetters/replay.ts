import { setTimeout as sleep } from 'node:timers/promises';

import { StoreUnavailable } from '../../stores/errors.js';
import type { KafkaProducer, RecordPlace } from '../../stores/kafka/producer.js';
import { loadSql } from '../../stores/postgres/sql.js';
import { originalLimitBytes } from '../contract/deadLetter.js';
import { isJsonObject } from '../contract/json.js';
import { topicName } from '../contract/topics.js';
import { readProgress } from '../observe/progress.js';
import type { Stores } from '../runtime/stores.js';
import type { StoredLetter } from './stored.js';

const markReplayed = loadSql('mark_replayed');
const selectFailedAgain = loadSql('select_failed_again');

const pollMs = 50;

/** The result of replaying a dead letter. */
export type ReplayResult =
  /** Every group has processed it; it counts once. */
  | { readonly id: number; readonly outcome: 'replayed'; readonly place: RecordPlace }
  /** It was dead-lettered again; `letter` is the id of the new dead letter. */
  | {
      readonly id: number;
      readonly outcome: 'failed again';
      readonly place: RecordPlace;
      readonly letter: number;
      readonly because: string;
    }
  | { readonly id: number; readonly outcome: 'not replayable'; readonly because: string }
  /** It was written, but a group did not reach it before the timeout. */
  | { readonly id: number; readonly outcome: 'pending'; readonly place: RecordPlace };

export interface ReplayOptions {
  /** How long to wait for the groups, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Writes dead letters back to player.events.raw and waits until every group has reached them. The
 * groups' ledgers discard events that have already been counted, so each counts once. `replayed_at`
 * is set as soon as Kafka has acknowledged the record.
 * @returns one result per letter, in order
 * @throws StoreUnavailable; the signal's reason
 */
export async function replayLetters(
  stores: Stores,
  producer: KafkaProducer,
  letters: readonly StoredLetter[],
  { timeoutMs, signal }: ReplayOptions,
): Promise<ReplayResult[]> {
  const [clock] = await stores.database.query<{ now: Date }>('SELECT now()');
  const topic = topicName(stores.namespace, 'raw');
  const places = new Map<number, RecordPlace>();
  const refused = new Map<number, string>();
  for (const letter of letters) {
    signal.throwIfAborted();
    const reason = notReplayable(letter, topic);
    if (reason === undefined) {
      const [place] = await producer.send([recordOf(letter, topic)]);
      if (place !== undefined) places.set(letter.id, place);
      await stores.database.query(markReplayed, [[letter.id]]);
    } else {
      refused.set(letter.id, reason);
    }
  }
  const passed = await untilPassed(stores, [...places.values()], timeoutMs, signal);
  const failures = await failedAgain(
    stores,
    topic,
    [...places.values()],
    clock?.now ?? new Date(0),
  );
  return letters.map(({ id }): ReplayResult => {
    const place = places.get(id);
    if (place === undefined) {
      return { id, outcome: 'not replayable', because: refused.get(id) ?? '' };
    }
    const failure = failures.get(keyOf(place));
    if (failure !== undefined) return { id, outcome: 'failed again', place, ...failure };
    return { id, outcome: passed ? 'replayed' : 'pending', place };
  });
}

/** The reason why a letter cannot be replayed; undefined if it can. */
function notReplayable(letter: StoredLetter, topic: string): string | undefined {
  const { original, original_value: bytes, source_topic: source } = letter;
  if (source !== topic) return `it came from ${source}, not from ${topic}`;
  if (original === null && bytes === null) return 'its value was null';
  return bytes?.length === originalLimitBytes ? 'only a prefix of its value was stored' : undefined;
}

function recordOf({ original, original_value: bytes }: StoredLetter, topic: string) {
  const value = original ?? bytes ?? Buffer.alloc(0);
  const event: unknown = original === null ? undefined : JSON.parse(original);
  const member = (name: string) => {
    const found = isJsonObject(event) ? event[name] : undefined;
    return typeof found === 'string' ? found : undefined;
  };
  const headers = ['event_type', 'event_id'].flatMap((name) => {
    const text = member(name);
    return text === undefined ? [] : [[name, text] as const];
  });
  return { topic, key: member('player_id') ?? null, value, headers: Object.fromEntries(headers) };
}

/** Waits until every group's stored offset is past the places and all dead letters are stored. */
async function untilPassed(
  stores: Stores,
  places: readonly RecordPlace[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const needed = new Map<number, number>();
  for (const { partition, offset } of places) {
    needed.set(partition, Math.max(needed.get(partition) ?? 0, offset + 1));
  }
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    if (await havePassed(stores, needed)) return true;
    if (performance.now() > deadline) return false;
    await sleep(pollMs, undefined, { signal });
  }
}

async function havePassed(stores: Stores, needed: ReadonlyMap<number, number>): Promise<boolean> {
  try {
    const groups = await readProgress(stores, ['logger', 'statistics', 'leaderboard']);
    const passed = groups.every(({ partitions }) =>
      partitions.every(({ partition, stored }) => stored >= (needed.get(partition) ?? 0)),
    );
    if (!passed) return false;
    const [letters] = await readProgress(stores, ['dead-letter']);
    return letters?.lag === 0;
  } catch (error) {
    if (error instanceof StoreUnavailable) return false;
    throw error;
  }
}

interface Failed {
  readonly id: number;
  readonly source_partition: number;
  readonly source_offset: number;
  readonly error_message: string;
  readonly consumer_service: string;
}

async function failedAgain(
  { database }: Stores,
  topic: string,
  places: readonly RecordPlace[],
  since: Date,
): Promise<Map<string, { letter: number; because: string }>> {
  const rows = await database.query<Failed>(selectFailedAgain, [
    topic,
    places.map(({ partition }) => partition),
    places.map(({ offset }) => offset),
    since,
  ]);
  return new Map(
    rows.map((row) => [
      keyOf({ partition: row.source_partition, offset: row.source_offset }),
      { letter: row.id, because: `${row.consumer_service}: ${row.error_message}` },
    ]),
  );
}

function keyOf({ partition, offset }: RecordPlace): string {
  return `${partition}:${offset}`;
}
