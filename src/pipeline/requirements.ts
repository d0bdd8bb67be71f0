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
 * Checks the requirements of roles before they start: the stores accept their credentials, and the
 * topics and tables exist. Kafka must be available. PostgreSQL and Redis may be unavailable, because
 * consumers wait for them, but a wrong password is an error.
 * @throws Failure (service_failed) with the problem and its fix
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
    `PostgreSQL at ${host}:${port}: database ${name} lacks the migrations ${pending.join(', ')}`,
    { code: 'schema_outdated' },
  );
}
