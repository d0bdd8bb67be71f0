import { expect } from 'vitest';

import { createGameMetrics, type Endpoints, type GameMetrics } from '../../../src/index.js';
import { topicName, topics, type TopicKey } from '../../../src/pipeline/contract/topics.js';
import { Checker, type Violation } from '../../chaos/checker.js';
import { History, verdictOf } from '../../chaos/history.js';
import { reportLines } from '../../chaos/report.js';
import { until } from '../../support/until.js';
import type { KafkaCluster } from './kafkaCluster.js';
import { ContinuousLoad } from './load.js';

/** What a scenario can use during the load. */
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
  /** Number of repetitions; three by default. */
  readonly times?: number;
}

const settledWithinMs = 100_000;

/**
 * Runs a separate pipeline, with one process per role, under a continuous load, and repeatedly
 * disturbs the cluster. Then checks that accepted events are stored once and that all derived data
 * is correct.
 */
export async function underLoad(
  { cluster, services, seed, times = 3 }: ScenarioOptions,
  disturb: (run: Run, time: number) => Promise<void>,
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
      await disturb(run, time);
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

/** Waits until every role is ready and the pipeline is drained, then checks it. */
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

/** A topic on a single node would make every scenario pass or fail for the wrong reason. */
async function expectReplicas(cluster: KafkaCluster, namespace: string): Promise<void> {
  for (const key of Object.keys(topics) as TopicKey[]) {
    for (const { replicas } of await cluster.partitions(topicName(namespace, key))) {
      expect(replicas).toHaveLength(3);
    }
  }
}
