import { expect, test } from 'vitest';

import { configProblem, logConfig } from './topicConfig.js';

test.each([
  ['retention.ms', '-1'],
  ['retention.ms', '9223372036854775807'],
  ['segment.bytes', '1048576'],
  ['cleanup.policy', 'delete'],
  ['message.timestamp.type', 'LogAppendTime'],
])('%s = %s is accepted', (name, value) => {
  expect(configProblem(name, value)).toBeUndefined();
});

test.each([
  ['retention.ms', '-2'],
  ['retention.ms', 'a week'],
  ['retention.ms', '1e3'],
  ['retention.ms', null],
  ['segment.bytes', '0'],
  ['segment.bytes', '4294967296'],
  ['cleanup.policy', 'compact'],
  ['no.such.config', '1'],
  ['toString', '1'],
])('%s = %s is rejected with the name of the setting', (name, value) => {
  expect(configProblem(name, value)).toContain(name);
});

test('an unset setting has its default', () => {
  expect(logConfig({ 'retention.ms': '5' })).toEqual({
    segmentBytes: 67_108_864,
    segmentMs: 604_800_000,
    retentionMs: 5,
    retentionBytes: -1,
    maxMessageBytes: 1_048_588,
    uncompressed: false,
    logAppendTime: false,
  });
});
