import { describe, expect, it } from 'vitest';

import { screenOf } from './terminal.js';

const terminal = { isTTY: true, columns: 120, rows: 40 };

describe('what a stream can show', () => {
  it('is everything in a terminal', () => {
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
    ['CI by its other name', terminal, { CONTINUOUS_INTEGRATION: '1' }],
  ])('is plain lines in %s', (_, stream, env) => {
    expect(screenOf(stream, env)).toMatchObject({ interactive: false, colour: false });
  });

  it('is everything again where CI is denied', () => {
    expect(screenOf(terminal, { CI: 'false' })).toMatchObject({ interactive: true });
  });

  it('has no colour where NO_COLOR is set', () => {
    expect(screenOf(terminal, { NO_COLOR: '1' })).toMatchObject({
      interactive: true,
      colour: false,
    });
  });
});
