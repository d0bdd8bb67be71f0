import { expect, it } from 'vitest';

import { groupsText, groupText, partitionsText, topicsText } from './kafka.js';

const screen = { interactive: false, colour: false, columns: 100, rows: 40 };

/** The last row of a table in a pipe: cells between tabs or spaces. */
function lastRow(table: string): string[] {
  return (table.trimEnd().split('\n').at(-1) ?? '').trim().split(/\s+/);
}

it('an unknown offset of a topic is not shown as 0, nor is a sum of it', () => {
  const known = { partition: 0, leader: 1, start: 2, end: 7 };
  const offline = { partition: 1, leader: -1, start: null, end: null };
  const topic = { name: 't', partitions: [known, offline] };
  expect(lastRow(topicsText([topic], screen))).toEqual(['t', '2', '?', '?']);
  expect(lastRow(partitionsText(topic, screen))).toEqual(['1', '-1', '?', '?', '?']);
  const whole = { name: 't', partitions: [known] };
  expect(lastRow(topicsText([whole], screen))).toEqual(['t', '1', '5', '7']);
});

it('an unknown lag is not shown as 0', () => {
  const offset = { topic: 't', partition: 0, committed: 5, end: null, lag: null };
  const group = { group: 'g', state: 'Stable', members: [], offsets: [offset] };
  expect(lastRow(groupsText([group], screen))).toEqual(['g', 'Stable', '0', 't', '?']);
  expect(lastRow(groupText(group, screen))).toEqual(['t', '0', '5', '?', '?']);
});
