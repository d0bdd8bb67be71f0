import { pino } from 'pino';
import { expect, it } from 'vitest';

import { clockAhead } from '../../../src/config/clock.js';
import { roles } from '../../../src/pipeline/contract/roles.js';
import { startRoles } from '../../../src/pipeline/roles.js';
import { createPipeline, describePipeline } from '../../support/pipeline.js';

const hour = 3_600_000;

describePipeline("a machine's clock", () => {
  it('can jump back and forward without losing or double counting an event', async () => {
    await using gm = await createPipeline({ roles: 'none' });
    let offset = 0;
    const running = await startRoles({
      roles,
      endpoints: gm.endpoints,
      http: { host: '127.0.0.1', port: 0 },
      log: pino({ level: 'silent' }),
      clock: clockAhead(() => offset),
    });
    try {
      const send = async (at: number): Promise<number> => {
        const response = await fetch(`${running.url}/api/v1/events`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            event_type: 'player_score',
            player_id: 'player-1',
            game_id: 'game-1',
            timestamp: new Date(at).toISOString(),
            data: { score: 1 },
          }),
        });
        return response.status;
      };
      for (const jump of [0, -hour, -30 * 24 * hour, 0, hour, 0]) {
        offset = jump;
        // The event has the current time, which is in the future for a clock that has jumped back.
        expect(await send(Date.now() + offset)).toBe(202);
        expect(await send(Date.now() + offset + 10 * 60_000)).toBe(422);
        await gm.waitDrained();
      }
      const [player] = await gm.query<{ total_events: number; session_events: number }>(
        'SELECT total_events, session_events FROM player_statistics',
      );
      expect(player?.total_events).toBe(6);
      expect(player?.session_events).toBeGreaterThan(0);
      const scores = await gm.query(
        `SELECT score FROM player_scores WHERE period = 'alltime' AND player_id = 'player-1'`,
      );
      expect(scores).toEqual([{ score: 6 }]);
      offset = 0;
      expect((await gm.verify()).differences).toEqual([]);
    } finally {
      await running.stop();
    }
  });
});
