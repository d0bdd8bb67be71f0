import { describe, expect, it } from 'vitest';

import { busySnapshot } from '../../test/support/frames.js';
import { consumerRoles } from '../pipeline/contract/roles.js';
import { failuresOf, parseCheck } from './checks.js';

function failures(text: string, snapshot = busySnapshot): string[] {
  return failuresOf(parseCheck(text, consumerRoles), snapshot);
}

describe('a check', () => {
  it.each(['lag<1000', 'lag.logger<=567', ' lag.logger == 567 ', 'dead_letters>=3', 'rate>900.5'])(
    'holds: %s',
    (text) => {
      expect(failures(text)).toEqual([]);
    },
  );

  it('names every group for which it does not hold', () => {
    expect(failures('lag<568')).toEqual([
      'lag<568: lag of statistics is 568',
      'lag<568: lag of leaderboard is 569',
      'lag<568: lag of dead-letter is 570',
    ]);
    expect(failures('dead_letters<3')).toEqual(['dead_letters<3: dead_letters is 3']);
    expect(failures('rate.logger>998')).toEqual(['rate.logger>998: rate of logger is 998']);
  });

  it('fails if nothing could be read', () => {
    expect(failures('lag<1000', { ...busySnapshot, groups: [] })).toEqual([
      'lag<1000: cannot be read',
    ]);
  });

  it.each(['lag', 'lag<', 'lag<x', 'lag=5', 'lags<5', 'lag.nobody<5', 'dead_letters.logger<5', ''])(
    'is rejected: "%s"',
    (text) => {
      expect(() => parseCheck(text, consumerRoles)).toThrow(/is not a check/);
    },
  );
});
