import type { KafkaEndpoint } from '../../config/endpoints.js';
import type { ConsumerRole } from '../contract/topics.js';
import type { PipelineContext } from '../runtime/context.js';
import { createDeadLetterWriter } from './deadLetter/deadLetter.js';
import type { ConsumerDefinition } from './definition.js';
import { createLeaderboard } from './leaderboard/leaderboard.js';
import { BoardRefresher } from './leaderboard/refresher.js';
import { createLogger } from './logger/logger.js';
import { ConsumerLoop } from './loop/consumerLoop.js';
import { createStatistics } from './statistics/statistics.js';

/** Consumers that run in this process. */
export interface RunningConsumers {
  /** Rejects when one of the consumers has failed; it never resolves. */
  readonly failed: Promise<never>;
  /** Why a consumer is waiting, for display; undefined while it works. */
  waiting(role: ConsumerRole): string | undefined;
  /** Stops each consumer: it ends its batch and leaves its group. */
  stop(): Promise<void>;
}

/** Starts consumers in parallel; resolves when each has its assignment. @throws StoreUnavailable */
export async function startConsumers(
  context: PipelineContext,
  roles: readonly ConsumerRole[],
  kafka: KafkaEndpoint,
): Promise<RunningConsumers> {
  const refresher = new BoardRefresher(context);
  const define: Record<ConsumerRole, () => ConsumerDefinition> = {
    logger: () => createLogger(context),
    statistics: () => createStatistics(context),
    leaderboard: () => createLeaderboard(context, (boards) => refresher.changed(boards)),
    'dead-letter': () => createDeadLetterWriter(context),
  };
  const loops = new Map(
    roles.map((role) => [role, new ConsumerLoop(context, define[role](), kafka)]),
  );
  const stop = async (): Promise<void> => {
    await Promise.all([...loops.values()].map(async (loop) => loop.stop()));
    await refresher.stop();
  };
  try {
    await Promise.all([...loops.values()].map(async (loop) => loop.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  if (roles.includes('leaderboard')) refresher.start();
  const failed = Promise.race([...loops.values()].map((loop) => loop.failed));
  // A rejection that no caller awaits is not an error.
  failed.catch(() => undefined);
  return {
    failed,
    waiting: (role) => loops.get(role)?.waitingFor?.message,
    stop,
  };
}
