import { expect, it } from 'vitest';

import { junitReport } from './junit.js';

it('the report counts tests and failures and escapes all text', () => {
  const checks = [
    { name: 'p99<20ms', failure: 'it is "21"\nms & \u0000more' },
    { name: 'max<1s', failure: undefined },
  ];
  expect(junitReport('a load', checks, 2.5).split('\n')).toEqual([
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites tests="2" failures="1" errors="0" time="2.5">',
    '  <testsuite name="a load" tests="2" failures="1" errors="0" time="2.5">',
    '    <testcase classname="a load" name="p99&#60;20ms" time="0">',
    '      <failure message="it is &#34;21&#34;&#10;ms &#38; \ufffdmore"/>',
    '    </testcase>',
    '    <testcase classname="a load" name="max&#60;1s" time="0"/>',
    '  </testsuite>',
    '</testsuites>',
    '',
  ]);
});
