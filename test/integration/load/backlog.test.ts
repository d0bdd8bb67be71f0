import { expect, it } from 'vitest';

import { endpointsToEnvironment } from '../../../src/config/endpoints.js';
import { createGameMetrics } from '../../../src/index.js';
import { ProcessFaults } from '../../faults/processes.js';
import { CliFolder } from '../../support/cli.js';
import { until } from '../../support/until.js';

it('a load waits for the records that were not yet processed when it started', async () => {
  await using gm = await createGameMetrics({ stack: 'embedded', roles: 'children' });
  const faults = new ProcessFaults([gm.instance]);
  await using folder = new CliFolder({
    ...endpointsToEnvironment(gm.endpoints),
    GAMEMETRICS_URL: gm.url,
  });
  const load = ['load', '--count', '200', '--rate', '0'];
  faults.pause('worker');
  expect((await folder.run(...load, '--no-check')).code).toBe(0);
  const second = folder.start(...load);
  await until(() => /^load: waiting for \d+ earlier records/m.test(second.stdout));
  faults.resume('worker');
  const { code, stdout, stderr } = await second.ended;
  expect(code, stdout + stderr).toBe(0);
  expect(stdout).toContain('sent\t200');
}, 120_000);
