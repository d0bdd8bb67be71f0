import { expect, it } from 'vitest';

import { pause } from './pause.js';

it('reports whether the time has passed', async () => {
  const controller = new AbortController();
  expect(await pause(1, controller.signal)).toBe(true);
  const long = pause(60_000, controller.signal);
  controller.abort();
  expect(await long).toBe(false);
  expect(await pause(1, controller.signal)).toBe(false);
});
