import type { GroupSnapshot, PipelineSnapshot } from '../../src/pipeline/observe/snapshot.js';
import { withSnapshot, type PipelineFrame } from '../../src/ui/pipeline/frame.js';

const flow = { arrivalPerSecond: 1_234.5, drainPerSecond: 1_300, etaSeconds: 8.7 };

function group(role: string, index: number): GroupSnapshot {
  return {
    role,
    group: `${role}-group`,
    topic: 'player.events.raw',
    processed: 1_234_000 - index,
    processedPerSecond: 998.04,
    lag: 567 + index,
    skew: 1.4,
    flow,
    partitions: [0, 1, 2].map((partition) => ({
      partition,
      logEnd: 411_522,
      stored: 411_333,
      lag: 189,
      flow,
    })),
    counted: { duplicate: 12, skipped: 0, deadLettered: 3, retries: 0 },
  };
}

/** A pipeline under load, with names that contain escape codes and with the largest scores. */
export const busySnapshot: PipelineSnapshot = {
  at: '2026-11-24T17:20:31.123Z',
  produced: 1_234_567,
  producedPerSecond: 12_345.6,
  ingest: {
    accepted: 1_234_567,
    rejected: 2,
    rejectedPerSecond: 0.5,
    queuedBytes: 20_480,
    latencyMs: { p50: 1.234, p99: 1_250.4 },
  },
  groups: ['logger', 'statistics', 'leaderboard', 'dead-letter'].map(group),
  games: Array.from({ length: 50 }, (_, index) => `game-${index + 456}`),
  board: {
    gameId: 'game-456',
    period: 'daily',
    window: '2026-11-24',
    rows: Array.from({ length: 100 }, (_, index) => ({
      rank: index + 1,
      playerId: index === 0 ? 'evil\u001B[31m\nname' : `player-${index}-${'長'.repeat(30)}`,
      score: 9_007_199_254_740_992 - index,
      movement: [2, -1, 0, undefined][index % 4],
    })),
  },
  deadLetters: 3,
  deadLettersPerSecond: 0.1,
  latestDeadLetters: Array.from({ length: 50 }, (_, index) => ({
    id: 50 - index,
    at: '2026-11-24T17:20:30.000Z',
    service: 'event-logger',
    code: 'contract_violated',
    message: `player_id: must not be empty (${index})\u001B[2J`,
    source: { topic: 'player.events.raw', partition: 1, offset: 17 + index },
    original: index === 1 ? undefined : `{"event_type": "x", "note": "${'long '.repeat(80)}"}`,
  })),
  latestEvents: Array.from({ length: 100 }, (_, index) => ({
    eventId: '01a20ed4-fef3-75d3-a199-469848aabbcc',
    type: `player_score_${index}`,
    playerId: `player-${index}`,
    gameId: 'game-456',
    ingestedAt: '2026-11-24T17:20:31.001Z',
    partition: 2,
    offset: 1_000 - index,
    data: '{"score": 5, "note": "\u0007"}',
  })),
  problems: [],
};

const nothing: PipelineFrame = {
  title: 'gamemetrics: instance default (embedded)',
  addresses: [],
  snapshot: undefined,
  rates: new Map(),
  lags: new Map(),
  processes: [],
  problems: [],
  errors: [],
};

/** The frame before the first snapshot of a pipeline. */
export const unknownFrame = nothing;

/** A running pipeline that has not seen an event yet. */
export const emptyFrame: PipelineFrame = withSnapshot(
  {
    ...nothing,
    addresses: [{ name: 'kafka', address: '127.0.0.1:9092' }],
    processes: [{ name: 'worker', state: 'ready', restarts: 0 }],
  },
  {
    at: '2026-11-24T17:20:31.123Z',
    produced: 0,
    producedPerSecond: 0,
    ingest: {
      accepted: 0,
      rejected: 0,
      rejectedPerSecond: 0,
      queuedBytes: 0,
      latencyMs: undefined,
    },
    groups: busySnapshot.groups.map((each) => ({
      ...each,
      processed: 0,
      processedPerSecond: 0,
      lag: 0,
      skew: undefined,
      flow: { arrivalPerSecond: 0, drainPerSecond: 0, etaSeconds: 0 },
      partitions: [],
    })),
    games: [],
    board: undefined,
    deadLetters: 0,
    deadLettersPerSecond: 0,
    latestDeadLetters: [],
    latestEvents: [],
    problems: [],
  },
);

/** A busy pipeline with a long history. */
export const busyFrame: PipelineFrame = Array.from({ length: 200 }, (_, second) => second).reduce(
  (frame: PipelineFrame, second) =>
    withSnapshot(frame, { ...busySnapshot, producedPerSecond: 12_146.6 + second }),
  {
    ...nothing,
    addresses: [
      { name: 'ingest', address: 'http://127.0.0.1:8080' },
      { name: 'kafka', address: '127.0.0.1:9092' },
      { name: 'postgres', address: '127.0.0.1:5432/gamemetrics' },
      { name: 'redis', address: '127.0.0.1:6379' },
    ],
    processes: [
      { name: 'broker', state: 'ready', restarts: 0 },
      { name: 'ingest', state: 'ready', restarts: 1 },
      { name: 'worker', state: 'restarting', restarts: 2 },
      { name: 'postgres', state: 'failed', restarts: 5 },
      { name: 'redis', state: 'ready', restarts: 0 },
    ],
  },
);

/** A pipeline whose stores and processes are down: the last known values stay. */
export const brokenFrame: PipelineFrame = {
  ...busyFrame,
  snapshot: {
    ...busySnapshot,
    ingest: undefined,
    board: undefined,
    games: [],
    groups: busySnapshot.groups.map((each) => ({
      ...each,
      flow: { arrivalPerSecond: 10, drainPerSecond: 0, etaSeconds: undefined },
      counted: undefined,
    })),
    latestEvents: [],
    problems: ['postgres is unavailable: refused', 'redis is unavailable: evil\u001B[2J'],
  },
  waitingSeconds: 4,
  problems: ['worker ended: signal SIGKILL'],
  errors: [{ at: '2026-11-24T17:20:29.000Z', text: 'postgres is unavailable: refused' }],
};
