import { clientApiKey } from '../../config/apiKeys.js';
import { environment } from '../../config/environment.js';
import { createEventStream, type GeneratedEvent } from '../../generators/events.js';
import { createGameMetrics, type GameMetrics } from '../../harness/harness.js';
import { runLoad } from '../../load/runner.js';
import type { PlayerEvent } from '../../pipeline/contract/event.js';
import { consumerRoles } from '../../pipeline/contract/roles.js';
import { topicName } from '../../pipeline/contract/topics.js';
import { recordOf } from '../../pipeline/ingest/record.js';
import { KafkaProducer } from '../../stores/kafka/producer.js';
import { copyRows } from '../../stores/postgres/copy.js';
import { Failure } from '../../util/failure.js';
import { RoleProcess } from './roleProcess.js';

export interface BenchOptions {
  /** Events per measurement. */
  readonly events: number;
  readonly rounds: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onStep: (what: string) => void;
}

/** One measurement and its baseline, from the same round and the same stores. */
export interface Measurement {
  readonly name: 'drain' | 'batch';
  readonly round: number;
  /** Seconds until every sink had every event. */
  readonly seconds: number;
  readonly eventsPerSecond: number;
  /** Seconds of a raw COPY of the same rows into a table like `events`. */
  readonly copySeconds: number;
  /** seconds / copySeconds. */
  readonly ratio: number;
}

const drainMs = 10 * 60_000;
const batchEvents = 1_000;

/**
 * Measures the time that the pipeline takes relative to a raw COPY of the same rows into the same kind
 * of table, on an embedded stack of its own. `drain` processes a backlog into every sink; `batch` posts
 * batches and waits until every sink has the events.
 */
export async function runBench(options: BenchOptions): Promise<Measurement[]> {
  const { events, rounds, seed, signal, onStep } = options;
  onStep('starting an embedded stack');
  await using gm = await createGameMetrics({ stack: 'embedded', roles: 'none', signal });
  const measurements: Measurement[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    for (const [name, measure] of [
      ['drain', drain],
      ['batch', batch],
    ] as const) {
      signal.throwIfAborted();
      const rows = generate(seed + measurements.length, events);
      onStep(`round ${round}: COPY of ${events} rows`);
      const copySeconds = await copy(gm, rows);
      onStep(`round ${round}: ${name} of ${events} events`);
      const seconds = await measure(gm, rows, seed + measurements.length, signal);
      measurements.push({
        name,
        round,
        seconds,
        eventsPerSecond: events / seconds,
        copySeconds,
        ratio: seconds / copySeconds,
      });
    }
  }
  return measurements;
}

/** Measures the seconds from the consumers' start until the backlog is empty. */
async function drain(
  gm: GameMetrics,
  rows: readonly PlayerEvent[],
  _seed: number,
  signal: AbortSignal,
): Promise<number> {
  const producer = new KafkaProducer(gm.endpoints.kafka, { clientId: 'gamemetrics-bench' });
  const topic = topicName(gm.endpoints.namespace, 'raw');
  await producer.start();
  try {
    for (let at = 0; at < rows.length; at += batchEvents) {
      await producer.send(rows.slice(at, at + batchEvents).map((event) => recordOf(topic, event)));
    }
  } finally {
    await producer.stop();
  }
  const begin = performance.now();
  await using worker = await RoleProcess.start(consumerRoles, gm.endpoints);
  await Promise.race([gm.waitDrained(drainMs, signal), worker.ended]);
  return (performance.now() - begin) / 1_000;
}

/** Measures the seconds from the first batch until the last sink has all events. */
async function batch(
  gm: GameMetrics,
  rows: readonly PlayerEvent[],
  seed: number,
  signal: AbortSignal,
): Promise<number> {
  await using worker = await RoleProcess.start(consumerRoles, gm.endpoints);
  await using ingest = await RoleProcess.start(['ingest'], gm.endpoints);
  const begin = performance.now();
  const load = runLoad({
    url: ingest.url,
    apiKey: clientApiKey(environment()),
    count: rows.length,
    rate: 0,
    seed: seed + 1_000_000,
    batch: batchEvents,
    connections: 4,
    signal,
  });
  const drained = load.then(async ({ accepted, lastProblem }) => {
    if (accepted < rows.length) {
      throw new Failure(
        `${rows.length - accepted} events were not accepted: ${String(lastProblem)}`,
        {
          code: 'service_failed',
        },
      );
    }
    await gm.waitDrained(drainMs, signal);
  });
  await Promise.race([drained, worker.ended, ingest.ended]);
  return (performance.now() - begin) / 1_000;
}

/** Measures the seconds that a COPY of the rows takes, including the indexes. */
async function copy(gm: GameMetrics, rows: readonly PlayerEvent[]): Promise<number> {
  await gm.query('DROP TABLE IF EXISTS bench_events');
  await gm.query('CREATE TABLE bench_events (LIKE events INCLUDING ALL)');
  const lines = rows.map((event, index) => copyLine(event, index));
  const columns =
    'event_id, player_id, event_type, game_id, event_timestamp, ingested_at, data, ' +
    'kafka_partition, kafka_offset';
  const ms = await copyRows(gm.endpoints.postgres, `bench_events (${columns})`, lines);
  await gm.query('DROP TABLE bench_events');
  return ms / 1_000;
}

function copyLine(event: PlayerEvent, offset: number): string {
  const { event_id, player_id, event_type, game_id, timestamp, ingested_at, data } = event;
  const json = JSON.stringify(data).replaceAll('\\', '\\\\');
  const columns = [
    event_id,
    player_id,
    event_type,
    game_id,
    timestamp,
    ingested_at,
    json,
    0,
    offset,
  ];
  return `${columns.join('\t')}\n`;
}

function generate(seed: number, count: number): PlayerEvent[] {
  const nowMs = Date.now();
  const ingested_at = new Date(nowMs).toISOString();
  const rows: PlayerEvent[] = [];
  const stream: Iterable<GeneratedEvent> = createEventStream({ seed, startMs: nowMs });
  for (const event of stream) {
    rows.push({ ...event, ingested_at });
    if (rows.length === count) break;
  }
  return rows;
}
