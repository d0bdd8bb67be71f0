import { describe, expect, it } from 'vitest';

import type { VerifyReport } from '../pipeline/verify/report.js';
import { loadSummaryText } from './load/loadSummary.js';
import type { Screen } from './terminal/terminal.js';
import { repairedText, verifyReportText } from './verifyReport.js';

const terminal: Screen = { interactive: true, colour: false, columns: 80, rows: 24 };
const pipe: Screen = { ...terminal, interactive: false };

it('a load summary lists the counts, the latency and the last problem', () => {
  const summary = {
    seed: 42,
    count: 1000,
    sent: 1000,
    accepted: 997,
    rejected: { '422': 2 },
    retried: 5,
    failed: 1,
    seconds: 10.02,
    achievedRate: 99.8,
    lastProblem: 'data.score must be an integer',
    latencyMs: { p50: 1.2, p90: 2.5, p99: 9.9, p999: 30, max: 1250 },
  };
  expect(loadSummaryText(summary, pipe).split('\n')).toEqual([
    'sent\t1000',
    'accepted\t997',
    'rejected\t2',
    '  HTTP 422\t2',
    'failed\t1',
    'retried\t5',
    'time\t10.0 s',
    'achieved rate\t99.8/s',
    'latency p50\t1.2 ms',
    'latency p90\t2.5 ms',
    'latency p99\t9.9 ms',
    'latency p99.9\t30.0 ms',
    'latency max\t1,250 ms',
    'seed\t42',
    'last problem\tdata.score must be an integer',
  ]);
  expect(loadSummaryText(summary, terminal)).toMatch(/^sent +1,000$/m);
  // A rejection that was expected is not a problem.
  const trouble = { duplicates: 0, late: 0, invalid: { bad_score: 2 }, unexpected: 0 };
  const expected = { ...summary, retried: 0, failed: 0, trouble };
  expect(loadSummaryText(expected, pipe)).not.toContain('last problem');
});

describe('a verify report', () => {
  const compared = { events: 1000, players: 100, scores: 300, boards: 15, dead_letters: 2 };
  const broken: VerifyReport = {
    ok: false,
    compared,
    differences: Array.from({ length: 60 }, (_, index) => ({
      where: 'player_stats' as const,
      key: `player-${index}`,
      expected: { total_events: 3 },
      actual: index === 0 ? undefined : 2,
      cause: 'Redis lost it',
    })),
    not_compared: [],
  };

  it('is one line if the stores agree', () => {
    const report = { ok: true, compared, differences: [], not_compared: [] };
    expect(verifyReportText(report, terminal)).toBe(
      'verify: ok: 1,000 events, 100 players, 300 scores, 15 boards, 2 dead letters agree in Postgres and Redis',
    );
  });

  it('names what could not be compared', () => {
    const report = { ok: true, compared, differences: [], not_compared: ['an old log'] };
    expect(verifyReportText(report, pipe).split('\n')[1]).toBe('not compared: an old log');
  });

  it('lists every difference in a pipe', () => {
    const lines = verifyReportText(broken, pipe).split('\n');
    expect(lines).toHaveLength(62);
    expect(lines.slice(0, 4)).toEqual([
      'verify: FAILED: 60 differences (compared 1,000 events, 100 players, 300 scores, 15 boards, 2 dead letters)',
      'where\tkey\texpected\tactual\tprobable cause',
      'player_stats\tplayer-0\t{"total_events":3}\tmissing\tRedis lost it',
      'player_stats\tplayer-1\t{"total_events":3}\t2\tRedis lost it',
    ]);
  });

  it('lists the first fifty differences in a terminal, and says how many more there are', () => {
    const text = verifyReportText(broken, terminal);
    expect(text).toContain('player-49 ');
    expect(text).not.toContain('player-50 ');
    expect(text).toContain('and 10 more: --json lists them all');
  });
});

it('a repair summary counts what was rebuilt', () => {
  const nothing = { events: 0, players: 0, scorers: 0, redis: 0, boards: 0 };
  expect(repairedText(nothing)).toBe('repair: nothing to rebuild');
  expect(repairedText({ ...nothing, players: 1200, boards: 3 })).toBe(
    'repair: rebuilt 1,200 players’ statistics, 3 leaderboards',
  );
});
