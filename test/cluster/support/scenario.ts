import { expect } from 'vitest';

import { createGameMetrics, type Endpoints, type GameMetrics } from '../../../src/index.js';
import { topicName, topics, type TopicKey } from '../../../src/pipeline/contract/topics.js';
import { Checker, type Violation } from '../../chaos/checker.js';
import { History, verdictOf } from '../../chaos/history.js';
import { reportLines } from '../../chaos/report.js';
import { until } from '../../support/until.js';
import type { KafkaCluster } from './kafkaCluster.js';
import { ContinuousLoad } from './load.js';

/** What a scenario may use while the load goes on. */
export interface Run {
  readonly gm: GameMetrics;
  readonly load: ContinuousLoad;
  readonly history: History;
  /** The name of the raw topic. */
  readonly raw: string;
}

export interface ScenarioOptions {
  readonly cluster: KafkaCluster;
  /** PostgreSQL, Redis and the cluster. */
  readonly services: Endpoints;
  readonly seed: number;
  /** How often it happens in a row; three times by default. */
  readonly times?: number;
}

const settledWithinMs = 100_000;

/**
 * Runs a pipeline of its own, each role a process, under a continuous load; lets something happen to
 * the cluster again and again; then checks that what was accepted is stored, once, and that all that
 * is derived from it is right.
 */
export async function underLoad(
  { cluster, services, seed, times = 3 }: ScenarioOptions,
  happen: (run: Run, time: number) => Promise<void>,
): Promise<void> {
  await cluster.waitUntilInSync();
  await using gm = await createGameMetrics({
    stack: services,
    isolated: true,
    roles: 'children',
    isolate: true,
  });
  await expectReplicas(cluster, gm.endpoints.namespace);
  const checker = await Checker.create(gm);
  const history = new History();
  const load = new ContinuousLoad(gm.url, history, seed);
  const rates: number[] = [];
  let violations: readonly Violation[];
  try {
    const run = { gm, load, history, raw: topicName(gm.endpoints.namespace, 'raw') };
    for (let time = 0; time < times; time += 1) {
      await cluster.electPreferredLeaders();
      rates.push(await load.flowing());
      await happen(run, time);
      await cluster.waitUntilInSync();
    }
    rates.push(await load.flowing());
  } finally {
    await cluster.heal();
    await load.stop();
    violations = await settled(gm, checker, history);
    const answers = [...history.entries.values()].map(verdictOf);
    const count = (wanted: string): number => answers.filter((answer) => answer === wanted).length;
    const lines = [
      `${expect.getState().currentTestName}: ${answers.length} events, ` +
        `${count('accepted')} accepted, ${count('rejected')} rejected, ` +
        `${count('unknown')} unanswered; ${rates.join(', ')} accepted/s; ` +
        `${Math.round(history.now() / 1_000)} s; ${violations.length} violations`,
      ...(violations.length === 0
        ? []
        : reportLines(violations, history, gm.instance.state().processes)),
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  }
  expect(violations.map(({ what, identities }) => [what, ...identities].join(' '))).toEqual([]);
}

/** Waits until every role is ready and everything is drained, then checks it. */
async function settled(
  gm: GameMetrics,
  checker: Checker,
  history: History,
): Promise<readonly Violation[]> {
  const states = () => gm.instance.state().processes;
  try {
    await until(() => states().every(({ state }) => state === 'ready'), settledWithinMs);
    await gm.waitDrained(settledWithinMs);
  } catch (error) {
    const each = states().map(
      ({ name, state, lastExit }) => `${name} ${state} (${lastExit ?? ''})`,
    );
    return [{ what: `${String(error)}; ${each.join(', ')}`, identities: [] }];
  }
  return checker.check(history);
}

/** A topic that lives on one node alone would make every scenario pass or fail for the wrong reason. */
async function expectReplicas(cluster: KafkaCluster, namespace: string): Promise<void> {
  for (const key of Object.keys(topics) as TopicKey[]) {
    for (const { replicas } of await cluster.partitions(topicName(namespace, key))) {
      expect(replicas).toHaveLength(3);
    }
  }
}
