import { readFileSync } from 'node:fs';

import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';

import { packageFile } from '../../util/paths.js';
import { addProcessMetrics } from '../ingest/http/health.js';
import { createHttpServer } from '../ingest/http/server.js';
import { createIngestMetrics, measureRequests } from '../ingest/metrics.js';
import { registerLag } from './lagMetric.js';
import { createConsumerMetrics } from './metrics.js';

/** All metrics that the roles serve. */
function allMetrics(): Registry {
  const registry = new Registry();
  addProcessMetrics(registry);
  createConsumerMetrics(registry);
  createIngestMetrics(registry, () => 0);
  measureRequests(createHttpServer(), registry);
  registerLag(registry, () => Promise.resolve([]));
  return registry;
}

interface Described {
  readonly name: string;
  readonly help: string;
  readonly type: string;
}

async function described(): Promise<readonly Described[]> {
  return (await allMetrics().getMetricsAsJSON()).map(({ name, help, type }) => ({
    name,
    help,
    type: String(type),
  }));
}

/** Excludes the metrics of prom-client, which has gauges that end with _total. */
const own = (name: string): boolean => /^(gamemetrics|http)_/.test(name);

// https://prometheus.io/docs/practices/naming/
describe('the metrics follow the conventions of Prometheus and', () => {
  it('exist', async () => {
    expect((await described()).filter(({ name }) => own(name)).length).toBeGreaterThan(7);
  });

  it('have names in snake case and a help text', async () => {
    for (const { name, help } of await described()) {
      expect(name).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
      if (own(name)) expect(help, name).toMatch(/^[A-Z].*\.$/);
    }
  });

  it('end with _total if and only if they are counters', async () => {
    for (const { name, type } of (await described()).filter((each) => own(each.name))) {
      expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
      expect(name).not.toMatch(/_(count|sum|bucket)$/);
    }
  });

  it('use base units', async () => {
    for (const { name, type } of await described()) {
      expect(name).not.toMatch(/_(ms|milliseconds|micros|minutes|kb|mb|kilobytes|percent)(_|$)/);
      if (own(name) && type === 'histogram') expect(name).toMatch(/_(seconds|bytes)$/);
    }
  });
});

describe('the Grafana dashboard', () => {
  const dashboard = JSON.parse(
    readFileSync(packageFile('deploy/grafana/gamemetrics.json'), 'utf8'),
  ) as { panels: { title: string; targets?: { expr: string }[] }[] };
  const expressions = dashboard.panels.flatMap(({ targets = [] }) =>
    targets.map(({ expr }) => expr),
  );
  const used = new Set(
    expressions.flatMap((expr) => expr.match(/\b(?:gamemetrics|http|process|nodejs)_\w+/g) ?? []),
  );

  it('uses only metrics that are served', async () => {
    const served = new Set(
      (await described()).flatMap(({ name, type }) =>
        type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
      ),
    );
    expect([...used].filter((name) => !served.has(name))).toEqual([]);
  });

  it('shows every metric of the pipeline', async () => {
    const ours = (await described()).map(({ name }) => name).filter(own);
    expect(ours.filter((name) => ![...used].some((each) => each.startsWith(name)))).toEqual([]);
  });

  it('has a title and a query in every panel', () => {
    for (const { title, targets = [] } of dashboard.panels) {
      expect(title).not.toBe('');
      expect(targets.length, title).toBeGreaterThan(0);
    }
  });
});
