import { expect, it } from 'vitest';

import { followEvents } from '../../../src/pipeline/observe/follow.js';
import { openStores } from '../../../src/pipeline/stores.js';
import { event } from '../../support/events.js';
import { createPipeline, describePipeline } from '../../support/pipeline.js';

describePipeline('following the events', () => {
  it('gives each once, more than a page of one transaction too', async () => {
    await using gm = await createPipeline();
    await using stores = await openStores(gm.endpoints);
    const stop = new AbortController();
    const seen: string[] = [];
    const following = (async () => {
      for await (const row of followEvents(stores, stop.signal)) {
        seen.push(row.event_id);
        if (seen.length === 5_001) stop.abort();
      }
    })();
    // One player: one partition, so that whole transactions of its events are full.
    await gm.send(event({ player_id: 'one' }));
    await gm.waitDrained();
    await gm.send(...Array.from({ length: 5_000 }, () => event({ player_id: 'one' })));
    await following;
    expect(new Set(seen).size).toBe(5_001);
  });
});
