import { setTimeout as sleep } from 'node:timers/promises';

import type { GameMetrics } from '../../src/index.js';
import {
  boardKey,
  currentBoardKey,
  playerStatsKey,
} from '../../src/pipeline/contract/redisKeys.js';
import { windowAt, windowStarting, type Period } from '../../src/pipeline/contract/windows.js';
import { DerivedTopics } from './derived.js';
import { verdictOf, type Entry, type History } from './history.js';
import { Model } from './model.js';
import { watchOffsets } from './offsets.js';

/** A violation of the guarantees, and the events that show it. */
export interface Violation {
  readonly what: string;
  readonly identities: readonly string[];
}

/** How long after the drain the derived topics may take to contain the last state. */
const derivedWithinMs = 20_000;

/** Checks a drained pipeline against the history of what was sent to it, round by round. */
export class Checker {
  readonly #gm: GameMetrics;
  readonly #model = new Model();
  readonly #derived: DerivedTopics;
  readonly #garbage: string[] = [];
  #audited = 0;

  private constructor(gm: GameMetrics) {
    this.#gm = gm;
    this.#derived = new DerivedTopics(gm);
  }

  static async create(gm: GameMetrics): Promise<Checker> {
    await gm.query(watchOffsets);
    return new Checker(gm);
  }

  /** The number of events that must be in the stores, over all rounds. */
  get events(): number {
    return this.#model.present.size;
  }

  async check(history: History): Promise<Violation[]> {
    const violations = await this.#checkAnswers(history);
    violations.push(
      ...(await this.#checkDeadLetters(history)),
      ...(await this.#checkLedgers()),
      ...(await this.#checkStatistics()),
      ...(await this.#checkBoards()),
      ...(await this.#checkDerivedSoon()),
      ...(await this.#checkOffsets()),
    );
    const { differences } = await this.#gm.verify();
    violations.push(
      ...differences.map((difference) => violation(`verify: ${JSON.stringify(difference)}`)),
    );
    return violations;
  }

  /** Accepted events are stored once, rejected ones never; unanswered ones count if stored. */
  async #checkAnswers({ entries }: History): Promise<Violation[]> {
    const ids = [...new Set([...entries.values()].map(({ event }) => event.event_id))];
    const rows = await this.#gm.query<{
      event_id: string;
      player_id: string;
      event_type: string;
      game_id: string;
      data: string;
    }>(
      `SELECT event_id::text, player_id, event_type, game_id, data::text
       FROM events WHERE event_id = ANY ($1::uuid[])`,
      [ids],
    );
    const stored = new Map(rows.map((row) => [row.event_id + row.player_id, row]));
    const violations: Violation[] = [];
    for (const [identity, entry] of entries) {
      const row = stored.get(identity);
      const problem = problemOf(entry, row !== undefined);
      if (problem !== undefined) violations.push(violation(problem, identity));
      if (row === undefined) continue;
      this.#model.add(entry.event);
      const { event_type, game_id, data } = entry.event;
      const same = row.event_type === event_type && row.game_id === game_id;
      if (!same || !sameJson(JSON.parse(row.data), data)) {
        violations.push(
          violation('an event is stored with other values than it was sent', identity),
        );
      }
    }
    const [count] = await this.#gm.query<{ count: number }>('SELECT count(*) FROM events');
    if (count?.count !== this.events) {
      violations.push(violation(`events holds ${count?.count} rows, expected ${this.events}`));
    }
    return violations;
  }

  /** Each invalid message is one dead letter, and there are no others. */
  async #checkDeadLetters({ garbage }: History): Promise<Violation[]> {
    this.#garbage.push(...garbage);
    const rows = await this.#gm.query<{ text: string; service: string }>(
      `SELECT convert_from(original_value, 'UTF8') AS text, consumer_service AS service
       FROM dlq_events ORDER BY 1`,
    );
    const expected = this.#garbage.map((text) => ({ text, service: 'event-logger' }));
    if (
      sameJson(
        rows,
        expected.sort((a, b) => (a.text < b.text ? -1 : 1)),
      )
    ) {
      return [];
    }
    return [
      violation(`dlq_events holds ${JSON.stringify(rows)}, expected ${JSON.stringify(expected)}`),
    ];
  }

  /** Each group has counted exactly the stored events. */
  async #checkLedgers(): Promise<Violation[]> {
    const difference = async (ledger: string, where: string): Promise<Violation[]> => {
      const rows = await this.#gm.query<{ identity: string }>(
        `SELECT coalesce(e.event_id, l.event_id)::text || coalesce(e.player_id, l.player_id) AS identity
         FROM (SELECT event_id, player_id FROM events WHERE ${where}) e
         FULL JOIN ${ledger} l ON e.event_id = l.event_id AND e.player_id = l.player_id
         WHERE e.event_id IS NULL OR l.event_id IS NULL LIMIT 20`,
      );
      return rows.map(({ identity }) => violation(`${ledger} differs from events`, identity));
    };
    return [
      ...(await difference('statistics_ledger', 'true')),
      ...(await difference('leaderboard_ledger', "event_type = 'player_score'")),
    ];
  }

  async #checkStatistics(): Promise<Violation[]> {
    const { namespace } = this.#gm.endpoints;
    const rows = await this.#gm.query<{
      player_id: string;
      total_events: number;
      event_breakdown: Record<string, number>;
    }>('SELECT player_id, total_events, event_breakdown FROM player_statistics');
    const violations: Violation[] = [];
    if (rows.length !== this.#model.totals.size) {
      violations.push(violation(`player_statistics holds ${rows.length} players`));
    }
    for (const row of rows) {
      const expected = Object.fromEntries(this.#model.totals.get(row.player_id) ?? []);
      const total = sumOf(Object.values(expected));
      const hash = await this.#gm.redis.hgetall(playerStatsKey(namespace, row.player_id));
      const shown = Object.fromEntries(
        Object.entries(hash)
          .filter(([field]) => field.startsWith('event_'))
          .map(([field, count]) => [field.slice('event_'.length), Number(count)]),
      );
      const sources = {
        player_statistics: [row.total_events, row.event_breakdown],
        'player_stats:*': [Number(hash['total_events']), shown],
      };
      for (const [where, actual] of Object.entries(sources)) {
        if (!sameJson(actual, [total, expected])) {
          violations.push(
            violation(
              `${where} of ${row.player_id}: ${JSON.stringify(actual)}, expected ${JSON.stringify([total, expected])}`,
            ),
          );
        }
      }
    }
    return violations;
  }

  async #checkBoards(): Promise<Violation[]> {
    const { namespace } = this.#gm.endpoints;
    const rows = await this.#gm.query<{ board: string; player_id: string; score: number }>(
      `SELECT game_id || ' ' || period || ' ' || window_start AS board, player_id, score FROM player_scores`,
    );
    const stored = new Map<string, Record<string, number>>();
    for (const { board, player_id, score } of rows) {
      stored.set(board, { ...stored.get(board), [player_id]: score });
    }
    const violations: Violation[] = [];
    const expect = (where: string, actual: unknown, expected: unknown): void => {
      if (sameJson(actual, expected)) return;
      violations.push(
        violation(`${where}: ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`),
      );
    };
    expect('boards', [...stored.keys()].sort(), [...this.#model.boards.keys()].sort());
    for (const [board, scores] of this.#model.boards) {
      const expected = Object.fromEntries(scores);
      expect(`player_scores of ${board}`, stored.get(board), expected);
      const [game = '', period = '', start = ''] = board.split(' ');
      const window = windowStarting(period as Period, start);
      const keys = [boardKey(namespace, game, window)];
      if (period !== 'alltime' && windowAt(window.period, Date.now()).start === start) {
        keys.push(currentBoardKey(namespace, game, period as 'daily' | 'weekly'));
      }
      for (const key of keys) {
        const flat = await this.#gm.redis.zrange(key, 0, -1, 'WITHSCORES');
        const pairs = flat.flatMap((member, index) =>
          index % 2 === 0 ? [[member, Number(flat[index + 1])] as const] : [],
        );
        expect(key, Object.fromEntries(pairs), expected);
      }
    }
    return violations;
  }

  /** A process that was stopped for long publishes its last state again, so this check retries. */
  async #checkDerivedSoon(): Promise<Violation[]> {
    const deadlineMs = performance.now() + derivedWithinMs;
    for (;;) {
      const violations = await this.#checkDerived();
      if (violations.length === 0 || performance.now() > deadlineMs) return violations;
      await sleep(500);
    }
  }

  async #checkDerived(): Promise<Violation[]> {
    await this.#derived.catchUp();
    const { processed, totals, tops } = this.#derived;
    const violations: Violation[] = [];
    for (const identity of this.#model.present.keys()) {
      if (!processed.has(identity)) {
        violations.push(violation('player.events.processed lacks an event', identity));
      }
    }
    for (const identity of processed.keys()) {
      if (!this.#model.present.has(identity)) {
        violations.push(violation('player.events.processed has an event too many', identity));
      }
    }
    for (const [player, types] of this.#model.totals) {
      const published = totals.get(player);
      const expected = Object.fromEntries(types);
      if (!sameJson(published?.event_breakdown, expected)) {
        violations.push(
          violation(
            `the last record of ${player} in player.statistics: ${JSON.stringify(published)}, expected ${JSON.stringify(expected)}`,
          ),
        );
      }
    }
    const rows = await this.#gm.query<{ board: string; top: unknown }>(
      `SELECT game_id || ' ' || period || ' ' || window_start AS board,
         jsonb_agg(jsonb_build_object('rank', rank, 'player_id', player_id, 'score', score)
           ORDER BY score DESC, player_id DESC) AS top
       FROM leaderboards GROUP BY 1`,
    );
    for (const { board, top } of rows) {
      if (!sameJson(tops.get(board), top)) {
        violations.push(
          violation(`the last record of ${board} in game.leaderboards is not its top`),
        );
      }
    }
    return violations;
  }

  /** Each transaction advances the stored offset of its group, except for a new log. */
  async #checkOffsets(): Promise<Violation[]> {
    const rows = await this.#gm.query<{ id: number; step: string }>(
      `SELECT id, concat_ws(' ', consumer_group, partition, 'epoch', epoch, ':', old_next, '->', new_next) AS step
       FROM chaos_offsets WHERE id > $1 ORDER BY id`,
      [this.#audited],
    );
    this.#audited = rows.at(-1)?.id ?? this.#audited;
    return rows.map(({ step }) => violation(`a batch was applied again: ${step}`));
  }
}

function problemOf(entry: Entry, stored: boolean): string | undefined {
  const verdict = verdictOf(entry);
  if (entry.valid && entry.attempts.some(({ answer }) => answer === 'rejected')) {
    return 'a valid event was rejected';
  }
  if (!entry.valid && verdict === 'accepted') return 'an invalid event was accepted';
  if (!entry.valid && stored) return 'an invalid event is stored';
  if (verdict === 'accepted' && !stored) return 'an accepted event is not stored';
  return undefined;
}

function violation(what: string, ...identities: string[]): Violation {
  return { what, identities };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** Whether two values are equal as JSON, regardless of the order of members. */
function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([x], [y]) => (x < y ? -1 : 1))
    .map(([key, member]) => [key, sorted(member)]);
}
