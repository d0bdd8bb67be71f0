import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

import type { HttpServer } from './http/server.js';

/** Why an event was not accepted, as the label `reason`. */
type RejectionReason = 'not_json' | 'invalid' | 'queue_full' | 'kafka_unavailable';

export interface IngestMetrics {
  accepted(events: number): void;
  rejected(reason: RejectionReason, events: number): void;
}

/** Upper bounds, in seconds: from a response over loopback to Kafka's slowest acknowledgement. */
const durationBuckets = [
  0.000_25, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/**
 * Registers the metrics of ingest.
 * @param queuedBytes bytes that wait for Kafka's acknowledgement, read at each scrape
 */
export function createIngestMetrics(register: Registry, queuedBytes: () => number): IngestMetrics {
  const registers = [register];
  const accepted = new Counter({
    name: 'gamemetrics_events_accepted_total',
    help: 'Events that Kafka has acknowledged.',
    registers,
  });
  const rejected = new Counter({
    name: 'gamemetrics_events_rejected_total',
    help: 'Events that were not accepted, by reason.',
    labelNames: ['reason'],
    registers,
  });
  const reasons: RejectionReason[] = ['not_json', 'invalid', 'queue_full', 'kafka_unavailable'];
  for (const reason of reasons) rejected.inc({ reason }, 0);
  new Gauge({
    name: 'gamemetrics_ingest_queue_bytes',
    help: "Bytes of events that wait for Kafka's acknowledgement.",
    registers,
    collect() {
      this.set(queuedBytes());
    },
  });
  return {
    accepted: (events) => accepted.inc(events),
    rejected: (reason, events) => rejected.inc({ reason }, events),
  };
}

/**
 * Measures the duration of every request; the `_count` of the histogram is the number of requests by
 * method, route and status.
 */
export function measureRequests(app: HttpServer, register: Registry): void {
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from receiving a request to sending its complete response.',
    labelNames: ['method', 'route', 'status'],
    buckets: durationBuckets,
    registers: [register],
  });
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    const labels = { method: request.method, route, status: reply.statusCode };
    duration.observe(labels, reply.elapsedTime / 1_000);
    done();
  });
}
