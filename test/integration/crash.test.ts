import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  createGameMetrics,
  type GameMetrics,
  type ProcessState,
  type Submission,
} from '../../src/index.js';
import { event, score } from '../support/events.js';
import { until } from '../support/until.js';

/** Events of many players in two games, half of them scores. */
function someEvents(round: number, count: number): Submission[] {
  return Array.from({ length: count }, (_, index) => {
    const player = `player-${index % 40}`;
    const game = `game-${index % 2}`;
    return index % 2 === 0
      ? score(player, (round * 7 + index) % 50, { game_id: game })
      : event({ player_id: player, game_id: game });
  });
}

/** Kills each process during a load, one after the other, on one stack. */
describe('kill -9 during a load', () => {
  let gm: GameMetrics;
  let sent = 0;
  beforeAll(async () => {
    gm = await createGameMetrics({ stack: 'embedded', roles: 'children', isolate: true });
  });
  afterAll(async () => gm.stop());

  const processOf = (name: string): ProcessState => {
    const found = gm.instance.state().processes.find((process) => process.name === name);
    if (found === undefined) throw new Error(`no process ${name}`);
    return found;
  };

  it.each([
    'logger',
    'statistics',
    'leaderboard',
    'dead-letter',
    'ingest',
    'broker',
    'redis',
    'postgres',
  ])('restarts %s, and no event is lost or counted twice', async (name) => {
    const before = processOf(name);
    const rounds = 20;
    for (let round = 0; round < rounds; round += 1) {
      if (round === 5) process.kill(before.pid ?? 0, 'SIGKILL');
      const outcomes = await gm.send(...someEvents(round, 50));
      expect(outcomes.map(({ kind }) => kind)).toEqual(Array(50).fill('accepted'));
      sent += 50;
    }
    await until(() => {
      const { state, restarts } = processOf(name);
      return state === 'ready' && restarts === before.restarts + 1;
    });
    await gm.waitDrained();
    const report = await gm.verify();
    expect(report.differences).toEqual([]);
    expect(report.compared.events).toBe(sent);
  });
});
