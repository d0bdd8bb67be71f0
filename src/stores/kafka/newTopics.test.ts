import type { Admin } from 'kafkajs';
import { expect, it, vi } from 'vitest';

import { untilKnown } from './newTopics.js';

const answer = (type: string): Error => Object.assign(new Error(type), { type });
const asked = () => vi.fn<Admin['fetchTopicMetadata']>().mockResolvedValue({ topics: [] });

it('waits until the topic is there and has leaders', async () => {
  const fetchTopicMetadata = asked()
    .mockRejectedValueOnce(answer('UNKNOWN_TOPIC_OR_PARTITION'))
    .mockRejectedValueOnce(answer('LEADER_NOT_AVAILABLE'));
  await untilKnown({ fetchTopicMetadata }, ['new']);
  expect(fetchTopicMetadata).toHaveBeenCalledTimes(3);
  expect(fetchTopicMetadata).toHaveBeenLastCalledWith({ topics: ['new'] });
});

it('waits for the leader of every partition', async () => {
  const partition = { partitionErrorCode: 0, partitionId: 0, replicas: [1], isr: [1] };
  const led = (leader: number) => ({
    topics: [{ name: 'new', partitions: [{ ...partition, leader }] }],
  });
  const fetchTopicMetadata = vi
    .fn<Admin['fetchTopicMetadata']>()
    .mockResolvedValueOnce(led(-1))
    .mockResolvedValueOnce(led(1));
  await untilKnown({ fetchTopicMetadata }, ['new']);
  expect(fetchTopicMetadata).toHaveBeenCalledTimes(2);
});

it('ends at any other answer', async () => {
  const fetchTopicMetadata = asked().mockRejectedValueOnce(answer('TOPIC_AUTHORIZATION_FAILED'));
  await expect(untilKnown({ fetchTopicMetadata }, ['new'])).rejects.toThrow('AUTHORIZATION');
});
