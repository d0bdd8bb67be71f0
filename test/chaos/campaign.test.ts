import { expect, it } from 'vitest';

import { runCampaign } from './campaign.js';

/** The whole campaign is `npm run chaos -- --rounds 100`; this much of it runs with every test run. */
it('nothing is lost and nothing counts twice, whatever fails', async () => {
  const result = await runCampaign({
    seed: 6,
    rounds: 3,
    log: (line) => process.stdout.write(`${line}\n`),
  });
  expect(result.violations).toEqual([]);
  expect(result.rounds).toBe(3);
  expect(result.faults).toBeGreaterThanOrEqual(15);
});
