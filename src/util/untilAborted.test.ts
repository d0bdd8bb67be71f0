import { expect, it } from 'vitest';

import { untilAborted } from './untilAborted.js';

it('resolves with the reason of an abort, whether that is to come or has been', async () => {
  const controller = new AbortController();
  const aborted = untilAborted(controller.signal);
  controller.abort('SIGTERM');
  expect(await aborted).toBe('SIGTERM');
  expect(await untilAborted(controller.signal)).toBe('SIGTERM');
});
