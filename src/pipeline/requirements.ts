import type { Endpoints } from '../config/endpoints.js';
import { checkStores, combined } from '../diagnostics/checkStores.js';
import { Unreachable } from '../diagnostics/reach.js';
import { StoreUnavailable } from '../stores/errors.js';
import { pendingMigrations } from '../stores/postgres/migrate.js';
import { Failure } from '../util/failure.js';
import type { Role } from './contract/roles.js';
import type { PipelineContext } from './runtime/context.js';
import { requireTopics } from './runtime/topics.js';

/**
 * Sees, before roles start, that they will be able to work: each store that they need lets them in,
 * the topics and the tables are there. Kafka must be there; PostgreSQL and Redis may come later,
 * since consumers wait for them, but not with a wrong password.
 * @throws Failure (serviceFailed) that says what is wrong and what to do
 */
export async function checkRequirements(
  { admin, database }: Pick<PipelineContext, 'admin' | 'database'>,
  roles: readonly Role[],
  endpoints: Endpoints,
): Promise<void> {
  const consumes = roles.some((role) => role !== 'ingest');
  const projects = roles.includes('statistics') || roles.includes('leaderboard');
  const [kafka, others] = await Promise.all([
    checkStores(endpoints, ['kafka']),
    checkStores(endpoints, [
      ...(consumes ? (['postgres'] as const) : []),
      ...(projects ? (['redis'] as const) : []),
    ]),
  ]);
  const problems = [...kafka, ...others.filter((problem) => !(problem instanceof Unreachable))];
  if (problems.length > 0) throw combined(problems);
  await requireTopics(admin, endpoints, roles);
  if (consumes) await requireMigrations(database, endpoints);
}

async function requireMigrations(
  database: PipelineContext['database'],
  { postgres }: Endpoints,
): Promise<void> {
  let pending: string[];
  try {
    pending = await pendingMigrations(database);
  } catch (error) {
    if (error instanceof StoreUnavailable) return;
    throw error;
  }
  if (pending.length === 0) return;
  const { host, port, database: name } = postgres;
  throw new Failure(
    `PostgreSQL at ${host}:${port}, database ${name} lacks the tables of ${pending.join(', ')}`,
    { exit: 'serviceFailed', cure: 'Make them first: gamemetrics run migrate' },
  );
}
