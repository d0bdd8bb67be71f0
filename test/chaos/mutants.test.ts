import { expect, it } from 'vitest';

import { runCampaign } from './campaign.js';
import { mutantRoles, mutants } from './mutants.js';

const log = (line: string): void => {
  process.stdout.write(`${line.slice(0, 200)}\n`);
};

/** Tests the checker: with a disabled safeguard, it must find a violation. */
it.each(mutants)(
  'without the %s, the campaign finds a violation within 20 rounds',
  async (name) => {
    await using roles = await mutantRoles(name);
    const { createGameMetrics: createRoles } = roles;
    const result = await runCampaign({ seed: 3, rounds: 20, createRoles, log });
    expect(result.violations).not.toEqual([]);
  },
);
