import type { LoadPlan } from '../generators/plan.js';
import { createLoadStream, isInvalid, type LoadItem } from '../generators/stream.js';
import { windowAt } from '../pipeline/contract/windows.js';
import { storedIdentities } from '../pipeline/read/storedIdentities.js';
import {
  isKept,
  readRedisScores,
  readRedisTotals,
  readStoreTotals,
  scoreKey,
  scorePlace,
  type StoreTotals,
} from '../pipeline/read/storeTotals.js';
import type { Stores } from '../pipeline/runtime/stores.js';
import type { OutcomeLog } from './outcomes.js';
import { Prediction } from './prediction.js';

/** One number of a store, with its prediction. */
interface CheckedNumber {
  readonly what: string;
  readonly predicted: number;
  readonly actual: number;
}

/** A number of one player or board that differs from its prediction. */
interface CheckDifference extends CheckedNumber {
  readonly where: 'events' | 'player_statistics' | 'player_scores' | 'player_stats' | 'leaderboard';
}

/** Compares the stores with the numbers that the plan and the outcomes of a load predict. */
export interface LoadCheck {
  readonly ok: boolean;
  readonly numbers: readonly CheckedNumber[];
  /** Events of this load that were stored before it started, by an earlier run. */
  readonly alreadyStored: number;
  /** Records by other clients during the load, which may have changed the same players' numbers. */
  readonly foreign: number;
  /** The first differences. */
  readonly differences: readonly CheckDifference[];
}

const pageEvents = 5_000;
const maxDifferences = 50;

/**
 * Reads the stores before a load starts, to compare the changes with the prediction afterwards.
 * @returns a function to call after the load has ended and the pipeline has drained
 * @throws StoreUnavailable
 */
export async function beginCheck(
  stores: Stores,
  plan: LoadPlan,
): Promise<(outcomes: OutcomeLog, retried: number) => Promise<LoadCheck>> {
  const earliestMs = plan.startMs - (plan.trouble.late > 0 ? plan.trouble.lateByMs : 0);
  const query = {
    players: namesOf('player', plan.players),
    games: namesOf('game', plan.games),
    // A weekly board starts up to six days before an event on it.
    fromDay: windowAt('weekly', Math.max(0, earliestMs)).start,
  };
  const before = await readStoreTotals(stores, query);
  return async (outcomes, retried) => {
    const predicted = await predict(stores, plan, outcomes, before.at);
    const after = await readStoreTotals(stores, query);
    const compared = await compare(stores, predicted.prediction, before, after);
    const records = after.records - before.records;
    const deadLetters = after.deadLetters - before.deadLetters;
    const numbers = [
      { what: 'events', predicted: predicted.prediction.events, actual: predicted.stored },
      ...compared.numbers,
      { what: 'dead letters', predicted: 0, actual: deadLetters },
    ];
    const differences = [...predicted.missing, ...compared.differences];
    return {
      ok: differences.length === 0 && numbers.every((each) => each.predicted === each.actual),
      numbers,
      alreadyStored: predicted.alreadyStored,
      // A retry may have written its record again.
      foreign: Math.max(0, records - predicted.accepted - retried),
      differences: differences.slice(0, maxDifferences),
    };
  };
}

function namesOf(kind: 'player' | 'game', count: number): string[] {
  return Array.from({ length: count }, (_, rank) => `${kind}-${rank + 1}`);
}

interface Predicted {
  readonly prediction: Prediction;
  /** Events of the prediction that are stored. */
  readonly stored: number;
  readonly alreadyStored: number;
  /** Sent events that were accepted, duplicates included. */
  readonly accepted: number;
  readonly missing: readonly CheckDifference[];
}

/**
 * Generates the events of the load again and adds up those that must count: accepted for the first
 * time and not stored before. An event with an unknown outcome counts if it is stored.
 */
async function predict(
  { database }: Stores,
  plan: LoadPlan,
  outcomes: OutcomeLog,
  since: Date,
): Promise<Predicted> {
  const prediction = new Prediction();
  const missing: CheckDifference[] = [];
  let stored = 0;
  let alreadyStored = 0;
  let accepted = 0;
  for (const page of pagesOf(plan, outcomes)) {
    accepted += page.accepted;
    const events = page.items.map(({ event }) => event);
    const found = new Map(
      (await storedIdentities(database, events, since)).map(({ index, before }) => [index, before]),
    );
    for (const [index, { event, certain }] of page.items.entries()) {
      const before = found.get(index);
      if (before === true) {
        alreadyStored += 1;
      } else if (before === false) {
        stored += 1;
      } else if (certain) {
        missing.push({ where: 'events', what: event.event_id, predicted: 1, actual: 0 });
      }
      if (before === false || (before === undefined && certain)) prediction.add(event);
    }
  }
  return { prediction, stored, alreadyStored, accepted, missing };
}

interface Sent {
  readonly event: LoadItem['event'];
  /** Whether it was accepted; if false, its outcome is unknown. */
  readonly certain: boolean;
}

interface Page {
  readonly items: readonly Sent[];
  /** Events that were accepted since the last page, duplicates included. */
  readonly accepted: number;
}

/** The distinct events that were sent and not rejected. */
function* pagesOf(plan: LoadPlan, outcomes: OutcomeLog): Generator<Page> {
  let items: Sent[] = [];
  let accepted = 0;
  for (const sent of distinct(plan, outcomes, () => (accepted += 1))) {
    items.push(sent);
    if (items.length < pageEvents) continue;
    yield { items, accepted };
    items = [];
    accepted = 0;
  }
  yield { items, accepted };
}

function* distinct(
  plan: LoadPlan,
  outcomes: OutcomeLog,
  onAccepted: () => void,
): Generator<Sent, void> {
  /** Events with an unknown outcome, by the index of the first attempt. */
  const unknown = new Map<number, Sent>();
  const acceptedLater = new Set<number>();
  for (const { index, original, event, kind } of createLoadStream(plan)) {
    if (index >= outcomes.length) break;
    const outcome = outcomes.get(index);
    if (outcome === 'accepted') onAccepted();
    if (isInvalid(kind)) continue;
    const known =
      (index !== original && outcomes.get(original) === 'accepted') || acceptedLater.has(original);
    if (known) continue;
    if (outcome === 'failed') unknown.set(original, { event, certain: false });
    if (outcome !== 'accepted') continue;
    if (index !== original) acceptedLater.add(original);
    unknown.delete(original);
    yield { event, certain: true };
  }
  yield* unknown.values();
}

interface Compared {
  readonly numbers: readonly CheckedNumber[];
  readonly differences: readonly CheckDifference[];
}

/** Compares the changes in PostgreSQL with the prediction, and Redis with PostgreSQL. */
async function compare(
  stores: Stores,
  { totals, scores }: Prediction,
  before: StoreTotals,
  after: StoreTotals,
): Promise<Compared> {
  const players = [...totals.keys()];
  const places = [...scores.keys()].map(scorePlace).filter((place) => isKept(stores, place));
  const redisTotals = await readRedisTotals(stores, players);
  const redisScores = await readRedisScores(stores, places);
  const added = (kind: 'totals' | 'scores', key: string) =>
    (after[kind].get(key) ?? 0) - (before[kind].get(key) ?? 0);
  return joinParts([
    compareNumbers('player_statistics', 'events of players', [...totals], (key) =>
      added('totals', key),
    ),
    compareNumbers('player_scores', 'points on boards', [...scores], (key) => added('scores', key)),
    compareNumbers(
      'player_stats',
      "Redis's totals of these players",
      players.map((player) => [player, after.totals.get(player) ?? 0]),
      (_key, index) => redisTotals[index] ?? 0,
    ),
    compareNumbers(
      'leaderboard',
      "Redis's scores of these players",
      places.map((place) => [scoreKey(place), after.scores.get(scoreKey(place)) ?? 0]),
      (_key, index) => redisScores[index] ?? 0,
    ),
  ]);
}

function compareNumbers(
  where: CheckDifference['where'],
  what: string,
  predicted: readonly (readonly [key: string, value: number])[],
  actualOf: (key: string, index: number) => number,
): Compared {
  const differences: CheckDifference[] = [];
  let [wanted, found] = [0, 0];
  for (const [index, [key, value]] of predicted.entries()) {
    const actual = actualOf(key, index);
    wanted += value;
    found += actual;
    const name = key.replaceAll('\t', ' ');
    if (actual !== value) differences.push({ where, what: name, predicted: value, actual });
  }
  return { numbers: [{ what, predicted: wanted, actual: found }], differences };
}

function joinParts(parts: readonly Compared[]): Compared {
  return {
    numbers: parts.flatMap(({ numbers }) => numbers),
    differences: parts.flatMap(({ differences }) => differences),
  };
}
