import { expect, it } from 'vitest';

import { createKafka } from './client.js';

/** The lines that a client logs for a kafkajs log entry. */
function logged(message: string, error?: string): [string, string][] {
  const lines: [string, string][] = [];
  const kafka = createKafka(
    { brokers: ['127.0.0.1:1'] },
    { clientId: 'test', log: (level, line) => lines.push([level, line]) },
  );
  kafka.logger().error(message, error === undefined ? {} : { error });
  return lines;
}

it.each([
  ['Response Heartbeat(key: 12, version: 3)', 'The group is rebalancing, so a rejoin is needed'],
  ['Response JoinGroup(key: 11, version: 5)', 'The coordinator is not aware of this member'],
  ['Response SyncGroup(key: 14, version: 3)', 'Specified group generation id is not valid'],
])('the client logs a rebalance as info: %s %s', (message, error) => {
  expect(logged(message, error)).toEqual([['info', expect.stringContaining(error)]]);
});

it('the client logs other errors as errors', () => {
  const refused = 'Not authorized to access group: Group authorization failed';
  expect(logged('Response JoinGroup(key: 11, version: 5)', refused)[0]?.[0]).toBe('error');
  expect(logged('Connection error: connect ECONNREFUSED')[0]?.[0]).toBe('error');
});
