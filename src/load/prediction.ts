import { scoreEventType, type Submission } from '../pipeline/contract/event.js';
import { periods, windowAt } from '../pipeline/contract/windows.js';
import { scoreKey } from '../pipeline/read/storeTotals.js';

/** The expected increase of the numbers in the stores, with each event counted once. */
export class Prediction {
  /** Events by player. */
  readonly totals = new Map<string, number>();
  /** Points by scoreKey: a player on a board. */
  readonly scores = new Map<string, number>();
  #events = 0;

  get events(): number {
    return this.#events;
  }

  add({ event_type, player_id, game_id, timestamp, data }: Submission): void {
    this.#events += 1;
    increase(this.totals, player_id, 1);
    if (event_type !== scoreEventType) return;
    for (const period of periods) {
      const { start } = windowAt(period, Date.parse(timestamp));
      const place = { gameId: game_id, period, start, playerId: player_id };
      increase(this.scores, scoreKey(place), Number(data['score']));
    }
  }
}

function increase(sums: Map<string, number>, key: string, by: number): void {
  sums.set(key, (sums.get(key) ?? 0) + by);
}
