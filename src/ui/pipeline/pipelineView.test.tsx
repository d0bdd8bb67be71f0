import { cleanup, render } from 'ink-testing-library';
import { afterEach, describe, expect, it } from 'vitest';

import { brokenFrame, busyFrame, unknownFrame } from '../../../test/support/frames.js';
import type { Screen } from '../terminal/terminal.js';
import { textColumns } from '../terminal/text.js';
import type { PipelineFrame } from './frame.js';
import { pipelineView } from './pipelineView.js';

const screen: Screen = { interactive: true, colour: false, columns: 80, rows: 24 };

const idle: PipelineFrame = { ...busyFrame, problems: ['worker: exited with code 1'] };

const busy: PipelineFrame = {
  ...idle,
  load: {
    count: 1000,
    sent: 550,
    accepted: 547,
    rejected: 2,
    failed: 1,
    retried: 4,
    seconds: 5.5,
    rate: 100,
    latencyMs: { p50: 1.234, p90: 5, p99: 1250.4, p999: 1300, max: 1400 },
    lastProblem: 'Kafka does not answer\u001B[2J',
  },
};

function drawn(frame: PipelineFrame, on: Screen = screen): string[] {
  const { lastFrame } = render(<>{pipelineView.render(frame, on)}</>);
  return (lastFrame() ?? '').split('\n');
}

afterEach(cleanup);

describe('the live view of the pipeline', () => {
  it('fits a busy pipeline into 80 columns and 24 rows', () => {
    const lines = drawn(busy);
    expect(lines.length).toBeLessThan(24);
    for (const line of lines) expect(textColumns(line)).toBeLessThanOrEqual(80);
    const text = lines.join('\n');
    expect(text).toContain('17:20:31 UTC');
    expect(text).toContain('http://127.0.0.1:8080');
    expect(text).toMatch(/ingest +1,234,567 +12,346 .*█/);
    expect(text).toMatch(/logger +1,234,000 +998\.0 +567 /);
    expect(text).toMatch(/dead letters ! +3 /);
    expect(text).toContain('daily leaderboard  game-456  2026-11-24');
    expect(text).toMatch(/1 ▲2 +evil�\[31m�name +9,007,199,254,740,992/);
    expect(text).toContain('↻ worker restarting, 2 restarts');
    expect(text).toMatch(/load .* 55 % {2}550\/1,000 {2}100\.0\/s/);
    expect(text).toContain('! rejected 2');
    expect(text).toContain('retried 4');
    expect(text).toContain('last problem: Kafka does not answer�[2J');
    expect(text).toContain('! worker: exited with code 1');
  });

  it('shows the top ten if there is room for them', () => {
    expect(
      drawn(idle, { ...screen, rows: 40 }).filter((line) => line.includes('player-')),
    ).toHaveLength(9);
  });

  it.each([1, 10, 24, 50])('leaves one row of a terminal with %d rows free', (rows) => {
    const least = 15;
    expect(drawn(busy, { ...screen, rows }).length).toBeLessThan(Math.max(rows, least + 6));
  });

  it('truncates lines in a narrow terminal instead of wrapping them', () => {
    for (const line of drawn(busy, { ...screen, columns: 50 })) {
      expect(textColumns(line)).toBeLessThanOrEqual(50);
    }
  });

  it('shows no numbers before the first snapshot', () => {
    const text = drawn(unknownFrame).join('\n');
    expect(text).toContain('reading…');
    expect(text).not.toMatch(/no scores|no metrics/);
    expect(text).toMatch(/ingest +- +-/);
  });

  it('reports that the stores do not answer', () => {
    const waiting = { ...idle, problems: [], waitingSeconds: 4 };
    expect(drawn(waiting).join('\n')).toContain('! the stores have not answered for 4 s');
    expect(pipelineView.plain(waiting, idle)).toEqual([
      'problem: the stores have not answered for 4 s',
    ]);
  });

  it('keeps showing what it can if the stores are unavailable', () => {
    const text = drawn({ ...brokenFrame, problems: [], waitingSeconds: undefined }).join('\n');
    expect(text).toContain('! postgres is unavailable: refused');
    expect(text).toContain('! redis is unavailable: evil�[2J');
  });
});

describe('the plain form of the pipeline view', () => {
  it('begins with the addresses, and has one line of numbers', () => {
    expect(pipelineView.plain(busy, undefined)).toEqual([
      'gamemetrics: instance default (embedded)',
      'ingest: http://127.0.0.1:8080',
      'kafka: 127.0.0.1:9092',
      'postgres: 127.0.0.1:5432/gamemetrics',
      'redis: 127.0.0.1:6379',
      '17:20:31  ingest 1234567 (12345.6/s)  p50 1.2 ms  p99 1,250 ms  ' +
        'logger 1234000 (lag 567)  statistics 1233999 (lag 568)  leaderboard 1233998 (lag 569)  ' +
        'dead-letter 1233997 (lag 570)  dead letters 3',
      'load  sent 550/1000  100.0/s  accepted 547  rejected 2  failed 1  ' +
        'retried 4  p50 1.2 ms  p99 1,250 ms  last problem: Kafka does not answer�[2J',
      'process: broker ready',
      'process: ingest ready, 1 restart',
      'process: worker restarting, 2 restarts',
      'process: postgres failed, 5 restarts',
      'process: redis ready',
      'problem: worker: exited with code 1',
    ]);
  });

  it('then prints only the changes', () => {
    expect(pipelineView.plain(busy, busy)).toEqual([]);
    const next: PipelineFrame = {
      ...busy,
      processes: [{ name: 'worker', state: 'ready', restarts: 3 }],
      problems: [...busy.problems, 'evil\u001B[2J'],
    };
    expect(pipelineView.plain(next, busy)).toEqual([
      'process: worker ready, 3 restarts',
      'problem: evil�[2J',
    ]);
  });
});
