import type { Admin } from 'kafkajs';
import { expect, it, vi } from 'vitest';

import { untilKnown } from './newTopics.js';

const answer = (type: string): Error => Object.assign(new Error(type), { type });
const metadataStub = () => vi.fn<Admin['fetchTopicMetadata']>().mockResolvedValue({ topics: [] });

it('untilKnown waits until the topic exists and has a leader', async () => {
  const fetchTopicMetadata = metadataStub()
    .mockRejectedValueOnce(answer('UNKNOWN_TOPIC_OR_PARTITION'))
    .mockRejectedValueOnce(answer('LEADER_NOT_AVAILABLE'));
  await untilKnown({ fetchTopicMetadata }, ['new']);
  expect(fetchTopicMetadata).toHaveBeenCalledTimes(3);
  expect(fetchTopicMetadata).toHaveBeenLastCalledWith({ topics: ['new'] });
});

it('untilKnown waits for the leader of every partition', async () => {
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

it('untilKnown fails on any other error', async () => {
  const fetchTopicMetadata = metadataStub().mockRejectedValueOnce(
    answer('TOPIC_AUTHORIZATION_FAILED'),
  );
  await expect(untilKnown({ fetchTopicMetadata }, ['new'])).rejects.toThrow('AUTHORIZATION');
});
