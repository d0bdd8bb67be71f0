import { clientApiKey } from '../config/apiKeys.js';
import { environment } from '../config/environment.js';
import { runLoad } from '../load/runner.js';
import type { LoadSummary } from '../load/tally.js';
import { Observer } from '../pipeline/observe/observer.js';
import { countEvents } from '../pipeline/read/countEvents.js';
import { getDayStatistics, type DayStatistics } from '../pipeline/read/day.js';
import { getLeaderboard, type Leaderboard } from '../pipeline/read/leaderboard.js';
import type { Stores } from '../pipeline/runtime/stores.js';
import type { VerifyReport } from '../pipeline/verify/report.js';
import { verify } from '../pipeline/verify/verify.js';
import { waitDrained } from '../pipeline/waiting/drained.js';
import type { Watch } from '../ui/pipeline/watch.js';
import { Failure } from '../util/failure.js';
import type { ProgressLines } from './progressLines.js';
import type { Target } from './target.js';
import { watchTarget } from './watchTarget.js';

export interface DemonstrationOptions {
  /** Events to send. */
  readonly count: number;
  /** Events per second; 0 for full speed. */
  readonly rate: number;
  readonly seed: number;
  /** Whether to show the pipeline on stdout during the load. */
  readonly live: boolean;
  /** Progress of the instance, if it is reported. */
  readonly progress?: ProgressLines;
  readonly signal: AbortSignal;
}

/** The results of a demonstration. */
export interface Demonstration {
  readonly load: LoadSummary;
  /** Events that were stored during the load. */
  readonly stored: number;
  readonly report: VerifyReport;
  /** The daily board of the game with the latest score; absent if there are no scores. */
  readonly board?: Leaderboard;
  readonly day: DayStatistics;
}

const drainTimeoutMs = 60_000;
const boardRows = 10;

/**
 * Sends a load through a pipeline, waits until it has drained, and compares the stores.
 * @throws the abort reason of the signal; Failure (timeout) if the pipeline does not drain
 */
export async function demonstrate(
  stores: Stores,
  target: Target,
  options: DemonstrationOptions,
): Promise<Demonstration> {
  const before = await countEvents(stores.database);
  const load = await sendLoad(stores, target, options);
  const stored = (await countEvents(stores.database)) - before;
  const report = await verify(stores);
  const { board } = await new Observer(stores).snapshot();
  const atMs = stores.now();
  const day = await getDayStatistics(stores.database, new Date(atMs).toISOString().slice(0, 10));
  if (board === undefined) return { load, stored, report, day };
  const query = { gameId: board.gameId, period: 'daily', atMs, limit: boardRows } as const;
  return { load, stored, report, board: await getLeaderboard(stores, query), day };
}

async function sendLoad(
  stores: Stores,
  target: Target,
  { live, progress, signal, ...load }: DemonstrationOptions,
): Promise<LoadSummary> {
  const { url } = target;
  if (url === undefined) {
    throw new Failure(`${target.title}: no ingest server`, {
      code: 'invalid_argument',
      cure: 'Set GAMEMETRICS_URL to its address.',
    });
  }
  await using watch: Watch | undefined = live
    ? watchTarget(stores, target, { progress })
    : undefined;
  const summary = await runLoad({
    apiKey: clientApiKey(environment()),
    ...load,
    url,
    signal,
    onProgress: (sent) => watch?.set({ load: sent }),
  });
  signal.throwIfAborted();
  await waitDrained(stores, { timeoutMs: drainTimeoutMs, signal });
  await watch?.refresh();
  return summary;
}
