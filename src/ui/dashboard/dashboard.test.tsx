import { cleanup, render } from 'ink-testing-library';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { brokenFrame, busyFrame, emptyFrame, unknownFrame } from '../../../test/support/frames.js';
import type { PipelineFrame } from '../pipeline/frame.js';
import type { Screen } from '../terminal/terminal.js';
import { textColumns } from '../terminal/text.js';
import { Dashboard, type DashboardControls } from './dashboard.js';
import { dashboardViews, type DashboardView } from './state.js';

const controls: DashboardControls = {
  select: () => undefined,
  quit: () => undefined,
  interrupt: () => undefined,
};

const sizes = { '80x24': [80, 24], '120x40': [120, 40], '200x60': [200, 60] } as const;
const frames = { busy: busyFrame, empty: emptyFrame, broken: brokenFrame, unknown: unknownFrame };

function screenOfSize(size: keyof typeof sizes): Screen {
  const [columns, rows] = sizes[size];
  return { interactive: true, colour: false, columns, rows };
}

function open(frame: PipelineFrame, view: DashboardView, screen: Screen, given = controls) {
  const shown = render(<Dashboard frame={frame} screen={screen} view={view} controls={given} />);
  // The library's stdout has 100 columns; the dashboard sets its own width inside it.
  return { ...shown, text: () => shown.lastFrame() ?? '' };
}

function draw(frame: PipelineFrame, view: DashboardView, size: keyof typeof sizes): string {
  return open(frame, view, screenOfSize(size)).text();
}

afterEach(cleanup);

describe.each(Object.keys(sizes) as (keyof typeof sizes)[])('at %s', (size) => {
  describe.each(Object.keys(frames) as (keyof typeof frames)[])('a %s pipeline', (name) => {
    it.each(dashboardViews)('fits in the %s view, with its keys below', (view) => {
      const { columns, rows } = screenOfSize(size);
      const text = draw(frames[name], view, size);
      const lines = text.split('\n');
      expect(lines.length).toBeLessThanOrEqual(rows);
      for (const line of lines) expect(textColumns(line)).toBeLessThanOrEqual(columns);
      for (const control of ['\u0007', '\u001B']) expect(text).not.toContain(control);
      expect(lines[0]).toContain('gamemetrics');
      expect(text).toContain(`[${dashboardViews.indexOf(view) + 1} ${view}]`);
      expect(lines.at(-1)).toMatch(/tab view.*q quit/);
    });
  });
});

describe('the busy views at 80x24', () => {
  it('show each stage, the board and the processes', () => {
    const text = draw(busyFrame, 'pipeline', '80x24');
    expect(text).toMatch(/ingest +1,234,567 +12,346 .*█/);
    expect(text).toMatch(/logger +1,234,000 +998\.0 +567 /);
    expect(text).toMatch(/dead letters ! +3 +0\.1/);
    expect(text).toContain('http  p50 1.2 ms  p99 1,250 ms  ! rejected 2 (0.5/s)  queue 20 KiB');
    expect(text).toMatch(/1 ▲2 +evil�\[31m�name +9,007,199,254,740,992/);
    expect(text).toMatch(/2 ▼1 +player-1-長/);
    expect(text).toMatch(/4 new +player-3-長/);
    expect(text).toContain('↻ worker restarting, 2 restarts');
  });

  it('show the newest events', () => {
    const text = draw(busyFrame, 'events', '80x24');
    expect(text).toMatch(/› 17:20:31\.001 player_score_0 +player-0 +game-456 +\{"score"/);
    expect(text).toContain('gamemetrics get event 01a20ed4');
  });

  it('show the lag of each partition, and when it catches up', () => {
    const text = draw(busyFrame, 'lag', '80x24');
    expect(text).toMatch(/› logger +1,234,566 +1,234,000 +567 +1,235 +1,300 +in 9 s/);
    expect(text).toMatch(/partition 2 +411,522 +411,333 +189 +1,235 +1,300 +in 9 s/);
  });

  it('show a screenful of a leaderboard, and its game in the list of games', () => {
    const text = draw(busyFrame, 'leaderboard', '80x24');
    expect(text).toContain('games (50)');
    expect(text).toContain('› game-456');
    expect(text.split('\n').filter((line) => line.includes('player-')).length).toBe(19);
  });

  it('show dead letters, the selected one in full', () => {
    const text = draw(busyFrame, 'dlq', '80x24');
    expect(text).toMatch(/› 50 +17:20:30 +event-logger +contract_violated/);
    expect(text).toContain('player.events.raw, partition 1, offset 17');
    expect(text).toContain('{"event_type": "x"');
  });
});

describe('the busy views at 200x60', () => {
  it('show more than at 80x24: histories, names, dead letters, partitions', () => {
    const text = draw(busyFrame, 'pipeline', '200x60');
    expect(text).toContain('last dead letters');
    expect(text).toMatch(/statistics-group +1,234,566/);
    expect(draw(busyFrame, 'lag', '200x60')).toMatch(/logger-group .*█+.*skew 1\.4/);
  });
});

describe('the empty views', () => {
  it.each([
    ['pipeline', 'leaderboard: no scores yet'],
    ['events', 'no events yet'],
    ['leaderboard', 'leaderboard: no scores yet'],
    ['dlq', 'no dead letters'],
  ] as const)('say that they are empty: %s', (view, words) => {
    expect(draw(emptyFrame, view, '80x24')).toContain(words);
  });

  it('are caught up', () => {
    expect(draw(emptyFrame, 'lag', '80x24')).toMatch(/logger +0 +0 +0 +0\.0 +0\.0 +now/);
  });

  it('show no numbers before the first snapshot', () => {
    expect(draw(unknownFrame, 'pipeline', '80x24')).toMatch(/ingest +- +-/);
    expect(draw(unknownFrame, 'lag', '80x24')).toContain('no groups yet');
  });
});

describe('the broken views', () => {
  it('show the problems in every view', () => {
    const text = draw(brokenFrame, 'pipeline', '80x24');
    expect(text).toContain('! worker ended: signal SIGKILL');
    expect(text).toContain('! the stores have not answered for 4 s');
    expect(text).toContain('✖ postgres failed, 5 restarts');
    expect(draw(brokenFrame, 'pipeline', '120x40')).toContain(
      '17:20:29 postgres is unavailable: refused',
    );
    for (const view of ['events', 'lag', 'leaderboard', 'dlq'] as const) {
      expect(draw(brokenFrame, view, '120x40')).toContain('! the stores have not answered');
    }
  });

  it('mark a stalled group', () => {
    expect(draw(brokenFrame, 'lag', '80x24')).toMatch(/logger .* stalled/);
  });
});

describe('the keys', () => {
  async function typed(
    keys: readonly string[],
    frame = busyFrame,
    view: DashboardView = 'pipeline',
  ) {
    const select = vi.fn();
    const quit = vi.fn();
    const interrupt = vi.fn();
    const given = { select, quit, interrupt };
    const shown = open(frame, view, screenOfSize('80x24'), given);
    for (const key of keys) {
      shown.stdin.write(key);
      // A lone escape character is held back to see whether a sequence follows.
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    }
    return { ...given, text: shown.text() };
  }
  const [tab, shiftTab, down, right, left, escape, enter, backspace] = [
    '\t',
    '\u001B[Z',
    '\u001B[B',
    '\u001B[C',
    '\u001B[D',
    '\u001B',
    '\r',
    '\u007F',
  ] as const;

  it('change the view', async () => {
    expect((await typed(['3'])).text).toContain('[3 lag]');
    expect((await typed([tab, tab])).text).toContain('[3 lag]');
    expect((await typed([shiftTab])).text).toContain('[5 dlq]');
  });

  it('select a line', async () => {
    expect((await typed([down, down], busyFrame, 'dlq')).text).toMatch(/› 48 /);
    expect((await typed([down, down, 'k', down], emptyFrame, 'dlq')).text).toContain('no dead');
  });

  it('select the events that match the filter, and none in another view', async () => {
    const { select, text } = await typed(['2', '/', 'ab', 'q', backspace, enter]);
    expect(text).toContain('filter "ab"');
    const selection = { gameId: undefined, period: 'daily', events: 'ab' };
    await vi.waitFor(() => expect(select).toHaveBeenLastCalledWith(selection));
    const after = await typed(['2', '1']);
    const none = expect.objectContaining({ events: undefined }) as object;
    await vi.waitFor(() => expect(after.select).toHaveBeenLastCalledWith(none));
  });

  it('filter lists, and clear the filter', async () => {
    expect((await typed(['/', 'statis', enter], busyFrame, 'lag')).text).not.toContain('logger');
    expect((await typed(['/', 'zzz', enter], busyFrame, 'lag')).text).toContain('no group matches');
    expect((await typed(['/', 'zzz', escape], busyFrame, 'lag')).text).toContain('logger');
  });

  it.each([
    ['the next game', ['g'], busyFrame, { gameId: 'game-457' }],
    ['no game if there is none', ['g', right], emptyFrame, { gameId: undefined }],
    ['the next period', [right], busyFrame, { period: 'weekly' }],
    ['the all-time period before the daily one', [left], busyFrame, { period: 'alltime' }],
  ])('choose %s', async (_, keys, frame, selection) => {
    const { select } = await typed(keys, frame);
    const expected = expect.objectContaining(selection) as object;
    await vi.waitFor(() => expect(select).toHaveBeenLastCalledWith(expected));
  });

  it('show the help, and hide it', async () => {
    expect((await typed(['?'])).text).toContain('filter: type, then Enter');
    expect((await typed(['?', '?'])).text).not.toContain('filter: type, then Enter');
  });

  it('quit, but not while a filter is typed', async () => {
    expect((await typed(['q'])).quit).toHaveBeenCalledOnce();
    expect((await typed(['/', 'q'])).quit).not.toHaveBeenCalled();
    expect((await typed(['/', '\u0003'])).interrupt).toHaveBeenCalledOnce();
    expect((await typed(['/ab\rq'])).quit).toHaveBeenCalledOnce();
    expect((await typed(['/ab\u0003'])).interrupt).toHaveBeenCalledOnce();
  });

  it('pause the view while the pipeline runs on', async () => {
    const screen = screenOfSize('80x24');
    const shown = open(busyFrame, 'pipeline', screen);
    shown.stdin.write('p');
    await new Promise((resolve) => setImmediate(resolve));
    shown.rerender(
      <Dashboard frame={emptyFrame} screen={screen} view="pipeline" controls={controls} />,
    );
    expect(shown.lastFrame()).toContain('‖ paused');
    expect(shown.lastFrame()).toContain('1,234,567');
    shown.stdin.write('p');
    await new Promise((resolve) => setImmediate(resolve));
    expect(shown.lastFrame()).not.toContain('1,234,567');
  });
});
