import { expect, it } from 'vitest';

import { Failure, failureCodes } from '../util/failure.js';
import { exitCodeOf, fixOf } from './exits.js';

it('a failure is reported with its own fix, and with the command that helps', () => {
  const crashed = new Failure('it has crashed', {
    code: 'instance_crashed',
    cure: 'Look at its log.',
    facts: { name: 'second' },
  });
  expect(exitCodeOf(crashed)).toBe(7);
  expect(fixOf(crashed)?.split('\n')).toEqual([
    'Look at its log.',
    'Start it again, with its data: gamemetrics up --name second --detach',
    'Or only clear what it left: gamemetrics down --name second',
  ]);
});

it('a failure of an unknown fix is reported without one', () => {
  expect(fixOf(new Failure('no', { code: 'invalid_argument' }))).toBeUndefined();
});

it('no kind of failure ends a command with success', () => {
  for (const code of failureCodes) expect(exitCodeOf(new Failure('no', { code }))).not.toBe(0);
});

it('a failure that combines others is reported with the fixes of all, each once', () => {
  const parts = [
    new Failure('one', { code: 'privileges_missing' }),
    new Failure('two', { code: 'service_failed', cure: 'Start it.' }),
    new Failure('three', { code: 'service_failed', cure: 'Start it.' }),
  ];
  expect(fixOf(new Failure('all', { code: 'external_unusable', parts }))?.split('\n')).toEqual([
    expect.stringContaining('gamemetrics run migrate'),
    'Start it.',
    expect.stringContaining('--stack embedded'),
  ]);
});
