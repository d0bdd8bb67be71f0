import { readdirSync, readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { Failure } from '../util/failure.js';
import { packageFile } from '../util/paths.js';
import { parseScenario } from './scenario.js';

const files = readdirSync(packageFile('fixtures/scenarios'));

function problems(text: string): string[] {
  try {
    parseScenario(text, 'my.yaml');
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.code).toBe('invalid_file');
    return error.message.split('\n').map((line) => line.trim());
  }
  return [];
}

describe('parseScenario', () => {
  it.each(files)('parses the built-in scenario %s', (file) => {
    const text = readFileSync(packageFile(`fixtures/scenarios/${file}`), 'utf8');
    const { plan, thresholds } = parseScenario(text, file);
    expect(plan.rate).not.toHaveLength(0);
    expect(thresholds).not.toHaveLength(0);
  });

  it('parses every field', () => {
    const { plan, thresholds } = parseScenario(
      [
        'description: all of it',
        'seed: 7',
        'start: 2026-01-05T12:00:00Z',
        'players: 20',
        'games: 2',
        'skew: 0',
        'arrivals: poisson',
        'stages: [{ rate: 10..20, duration: 1m }, { rate: 5, duration: 500ms }]',
        'mix: { player_score: 2, session_end: 1 }',
        'trouble: { duplicates: 1%, invalid: 0.5%, late: 2%, late_by: 3h }',
        'thresholds: [p99<20ms, error_rate<1%]',
      ].join('\n'),
      'my.yaml',
    );
    expect(plan).toEqual({
      seed: 7,
      startMs: Date.parse('2026-01-05T12:00:00Z'),
      players: 20,
      games: 2,
      skew: 0,
      arrivals: 'poisson',
      rate: [
        { from: 10, to: 20, durationMs: 60_000 },
        { from: 5, to: 5, durationMs: 500 },
      ],
      mix: { player_score: 2, session_end: 1 },
      trouble: { duplicates: 0.01, invalid: 0.005, late: 0.02, lateByMs: 10_800_000 },
    });
    expect(thresholds.map(({ text }) => text)).toEqual(['p99<20ms', 'error_rate<1%']);
  });

  it('reports the line and field of every problem, in line order', () => {
    const text = [
      'player: 4',
      'stages:',
      '  - rate: fast',
      '    duration: 10s',
      '  - rate: 10..20',
      'arrivals: poison',
      'mix:',
      '  player_score: 1',
      '  dance: 3',
      'trouble:',
      '  late: 2',
      'thresholds:',
      '  - p99<20ms',
      '  - p99<20',
    ].join('\n');
    expect(problems(text)).toEqual([
      'my.yaml:1: player: is not a field',
      expect.stringMatching(/^my\.yaml:3: stages\.0\.rate: "fast" is not a rate/),
      'my.yaml:5: stages.1.duration: is required',
      expect.stringMatching(/^my\.yaml:6: arrivals: .*"constant"\|"poisson"/),
      'my.yaml:9: mix.dance: is not a field',
      expect.stringMatching(/^my\.yaml:11: trouble\.late: "2" is not a share/),
      expect.stringMatching(/^my\.yaml:14: thresholds\.1: "p99<20" is not a threshold/),
    ]);
  });

  it.each([
    ['', /^my\.yaml:1: /],
    ['stages: [', /^my\.yaml:\d+: /],
    ['a: 1\na: 2', /^my\.yaml:2: /],
    ['players: 3', /^my\.yaml:1: stages: is required$/],
    ['stages: []', /^my\.yaml:1: stages: /],
    ['stages:\n - { rate: 0, duration: 1s }', /^my\.yaml:2: stages\.0\.rate: nothing is sent/],
  ])('rejects %j', (text, problem) => {
    expect(problems(text)).toEqual([expect.stringMatching(problem)]);
  });
});
