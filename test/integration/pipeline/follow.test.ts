import { expect, it } from 'vitest';

import { followEvents, storingTime } from '../../../src/pipeline/observe/follow.js';
import { openStores } from '../../../src/pipeline/runtime/stores.js';
import { event } from '../../support/events.js';
import { createPipeline, describePipeline } from '../../support/pipeline.js';
import { until } from '../../support/until.js';

describePipeline('following the events', () => {
  it('returns each event once, even if one transaction has more than a page of them', async () => {
    await using gm = await createPipeline();
    await using stores = openStores(gm.endpoints);
    const stop = new AbortController();
    const seen: string[] = [];
    const from = await storingTime(stores);
    const following = (async () => {
      for await (const row of followEvents(stores, stop.signal, from)) seen.push(row.event_id);
    })();
    // One player has one partition, so that transactions are full of its events.
    const sent = await gm.send(...Array.from({ length: 5_000 }, () => event({ player_id: 'one' })));
    const ids = new Set(
      sent.map((outcome) => (outcome.kind === 'accepted' ? outcome.eventId : outcome.kind)),
    );
    await until(() => seen.length >= 5_000);
    stop.abort();
    await following;
    expect(new Set(seen)).toEqual(ids);
    expect(seen).toHaveLength(5_000);
  });
});
