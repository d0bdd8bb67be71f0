import { describe, expect, it } from 'vitest';

import { logLine } from './logLine.js';

const pipe = { interactive: false, colour: false, columns: 80, rows: 24 };
const terminal = { ...pipe, interactive: true };

describe('a line of a log', () => {
  const line = '{"level":40,"time":1795552667556,"pid":1,"group":"g","msg":"Redis is behind"}';

  it('is its time, level and message in a terminal', () => {
    expect(logLine(line, terminal)).toBe('20:37:47.556 warn g: Redis is behind');
    expect(logLine('{"level":30,"time":0,"msg":"ready"}', terminal)).toBe('00:00:00.000 ready');
  });

  it('is unchanged in a pipe', () => {
    expect(logLine(line, pipe)).toBe(line);
  });

  it.each(['LOG:  listening', '{"level":30,"ti', '{"level":30}', '[1]'])(
    'is unchanged if another program wrote it: %s',
    (other) => {
      expect(logLine(other, terminal)).toBe(other);
    },
  );

  it('contains no escape sequence', () => {
    expect(logLine('evil\u001B[2J', terminal)).not.toContain('\u001B');
  });
});
