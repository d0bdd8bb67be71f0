import { describeError } from '../../util/describeError.js';
import type { ConsumerRole } from '../contract/topics.js';
import { bucketsOf, parseSamples, total, type Buckets, type Sample } from './prometheus.js';
import type { GroupCounts } from './snapshot.js';

/** The metrics of the roles' processes, summed. */
export interface RoleMetrics {
  readonly ingest: IngestCounts | undefined;
  readonly consumer: (role: ConsumerRole) => GroupCounts | undefined;
}

interface IngestCounts {
  readonly accepted: number;
  readonly rejected: number;
  readonly queuedBytes: number;
  /** Durations of the requests that send events; bounds in seconds. */
  readonly durations: Buckets;
}

const deadlineMs = 1_000;
const eventsRoute = '/api/v1/events';

/**
 * Reads the /metrics of processes.
 * @param urls base URLs
 * @param problem called with a description of each process that cannot be read
 */
export async function readRoleMetrics(
  urls: readonly string[],
  problem: (what: string) => void,
): Promise<RoleMetrics> {
  const samples = await Promise.all(
    urls.map(async (url) => {
      try {
        return await scrape(url);
      } catch (error) {
        problem(`${url}/metrics: ${describeError(error)}`);
        return [];
      }
    }),
  );
  return metricsOf(samples.flat());
}

async function scrape(url: string): Promise<Sample[]> {
  const late = AbortSignal.timeout(deadlineMs);
  try {
    const response = await fetch(`${url}/metrics`, { signal: late });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return parseSamples(await response.text(), ['gamemetrics_', 'http_request_duration_seconds']);
  } catch (error) {
    if (late.aborted) throw new Error(`no answer within ${deadlineMs / 1_000} s`, { cause: error });
    throw error;
  }
}

/** Sums the samples of several processes. */
export function metricsOf(samples: readonly Sample[]): RoleMetrics {
  const has = (name: string, role?: string): boolean =>
    samples.some(
      (each) => each.name === name && (role === undefined || each.labels['role'] === role),
    );
  return {
    ingest: has('gamemetrics_events_accepted_total')
      ? {
          accepted: total(samples, 'gamemetrics_events_accepted_total'),
          rejected: total(samples, 'gamemetrics_events_rejected_total'),
          queuedBytes: total(samples, 'gamemetrics_ingest_queue_bytes'),
          durations: bucketsOf(
            samples,
            'http_request_duration_seconds',
            ({ method, route }) => method === 'POST' && (route ?? '').startsWith(eventsRoute),
          ),
        }
      : undefined,
    consumer: (role) => {
      if (!has('gamemetrics_consumer_working', role)) return undefined;
      const records = (outcome: string): number =>
        total(samples, 'gamemetrics_consumer_records_total', { role, outcome });
      return {
        duplicate: records('duplicate'),
        skipped: records('skipped'),
        deadLettered: records('dead_lettered'),
        retries: total(samples, 'gamemetrics_consumer_retries_total', { role }),
      };
    },
  };
}
