import { expect, it } from 'vitest';

import type { Outcome } from './client.js';
import { LoadTally } from './tally.js';

const accepted: Outcome = { kind: 'accepted', eventId: 'a' };
const rejected = (status: number): Outcome => {
  return { kind: 'rejected', status, detail: `status ${status}`, errors: [] };
};
const failed: Outcome = { kind: 'failed', detail: 'no response' };

it('counts every event once and every retry', () => {
  const tally = new LoadTally(7, 10);
  tally.sent(6);
  tally.retried(4, 'the queue is full');
  tally.answered([accepted, rejected(422), accepted], performance.now());
  tally.answered([rejected(413), rejected(422), failed], performance.now());
  expect(tally.summary()).toMatchObject({
    seed: 7,
    count: 10,
    sent: 6,
    accepted: 2,
    rejected: { 413: 1, 422: 2 },
    retried: 4,
    failed: 1,
    lastProblem: 'no response',
  });
  expect(tally.progress()).toMatchObject({ sent: 6, accepted: 2, rejected: 3, failed: 1 });
});

it('measures the latency of accepted events from their due time', () => {
  const tally = new LoadTally(7, 2);
  tally.answered([rejected(422)], performance.now() - 9_000);
  expect(tally.summary().latencyMs).toBeUndefined();
  tally.answered([accepted], performance.now() - 5_000);
  const { max } = tally.summary().latencyMs ?? expect.fail();
  expect(max).toBeGreaterThan(4_900);
  expect(max).toBeLessThan(6_000);
});

it('reports the rate since the last progress', () => {
  const tally = new LoadTally(7, 2);
  tally.answered([accepted, accepted], performance.now());
  expect(tally.progress().rate).toBeGreaterThan(0);
  expect(tally.progress().rate).toBe(0);
});
