import { describe, expect, it } from 'vitest';

import { screenOf } from './terminal.js';

const terminal = { isTTY: true, columns: 120, rows: 40 };

describe('the screen of a stream', () => {
  it('is interactive in a terminal', () => {
    expect(screenOf(terminal, { TERM: 'xterm-256color' })).toEqual({
      interactive: true,
      colour: true,
      columns: 120,
      rows: 40,
    });
  });

  it.each([
    ['a pipe', {}, {}],
    ['a dumb terminal', terminal, { TERM: 'dumb' }],
    ['CI', terminal, { CI: 'true' }],
    ['CI by its other variable', terminal, { CONTINUOUS_INTEGRATION: '1' }],
  ])('is not interactive in %s', (_, stream, env) => {
    expect(screenOf(stream, env)).toMatchObject({ interactive: false, colour: false });
  });

  it('is interactive if CI is false', () => {
    expect(screenOf(terminal, { CI: 'false' })).toMatchObject({ interactive: true });
  });

  it('has no colour if NO_COLOR is set', () => {
    expect(screenOf(terminal, { NO_COLOR: '1' })).toMatchObject({
      interactive: true,
      colour: false,
    });
  });
});
