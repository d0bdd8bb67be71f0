import type { ConsumedRecord } from '../../stores/kafka/consumer.js';
import type { OutgoingRecord } from '../../stores/kafka/producer.js';
import { originalOf, recordTime, type DeadLetter } from '../contract/deadLetter.js';
import { checkEvent, type PlayerEvent } from '../contract/event.js';
import { parseJson } from '../contract/json.js';
import { services, sourceTopic, topicName, type ConsumerRole } from '../contract/topics.js';

/** A record that holds an event. */
export interface EventRecord {
  readonly event: PlayerEvent;
  readonly offset: number;
  readonly value: Buffer;
}

/** A record that violates the contract. */
export interface BrokenRecord {
  readonly record: ConsumedRecord;
  readonly error: { readonly code: 'not_json' | 'contract'; readonly message: string };
}

/** Splits the records of player.events.raw into events and records that violate the contract. */
export function readEvents(records: readonly ConsumedRecord[]): {
  events: EventRecord[];
  broken: BrokenRecord[];
} {
  const events: EventRecord[] = [];
  const broken: BrokenRecord[] = [];
  for (const record of records) {
    const value = record.value ?? Buffer.alloc(0);
    const parsed = parseJson(value);
    if (!parsed.ok) {
      broken.push({ record, error: { code: 'not_json', message: parsed.message } });
      continue;
    }
    const checked = checkEvent(parsed.value);
    if (checked.ok) {
      events.push({ event: checked.value, offset: record.offset, value });
    } else {
      const message = checked.problems.map(({ path, message }) => `${path} ${message}`).join('; ');
      broken.push({ record, error: { code: 'contract', message } });
    }
  }
  return { events, broken };
}

/** Maximum length of an error message in a dead letter, in characters. */
const errorCharacters = 2_000;

/**
 * Maximum size of a dead letter's key, in bytes; a player_id is shorter. A longer key is left out:
 * together with the original it may exceed Kafka's limit, and kafkajs would hash it for seconds or
 * minutes. It can still be read from the source topic.
 */
const keyBytes = 1_024;

/** Makes the system.dlq record for a record that a consumer cannot process. */
export function deadLetterRecord(options: {
  readonly namespace: string;
  readonly role: ConsumerRole;
  readonly partition: number;
  readonly record: ConsumedRecord;
  readonly error: { readonly code: string; readonly message: string };
  readonly nowMs: number;
}): OutgoingRecord {
  const { namespace, role, partition, record, error, nowMs } = options;
  const letter: DeadLetter = {
    ...originalOf(record.value ?? Buffer.alloc(0)),
    // A message may quote a value of any length.
    error: { code: error.code, message: error.message.slice(0, errorCharacters) },
    consumer_service: services[role],
    timestamp: new Date(nowMs).toISOString(),
    source: {
      topic: topicName(namespace, sourceTopic(role)),
      partition,
      offset: String(record.offset),
      timestamp: recordTime(record.timestampMs),
    },
    attempts: 1,
  };
  return {
    topic: topicName(namespace, 'deadLetters'),
    key: record.key !== null && record.key.length > keyBytes ? null : record.key,
    value: JSON.stringify(letter),
    headers: { error_code: error.code, consumer_service: services[role] },
  };
}
