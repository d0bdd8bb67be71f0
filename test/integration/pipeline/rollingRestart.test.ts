import { AssignerProtocol } from 'kafkajs';
import { expect, it } from 'vitest';

import { RoleProcess } from '../../../src/app/bench/roleProcess.js';
import type { GameMetrics } from '../../../src/index.js';
import { IngestClient } from '../../../src/load/client.js';
import {
  consumerRoles,
  roles as allRoles,
  type Role,
} from '../../../src/pipeline/contract/roles.js';
import { score } from '../../support/events.js';
import { createPipeline, describePipeline } from '../../support/pipeline.js';
import { StandstillWatch } from '../../support/standstill.js';
import { until } from '../../support/until.js';

/** The promise of docs/scaling.md. */
const longestStandstillMs = 5_000;

/** Repeatedly sends a few events to every partition until it is stopped. */
class SteadyLoad {
  sent = 0;
  readonly #client: IngestClient;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;

  constructor(url: string) {
    this.#client = new IngestClient(url, 1);
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running.finally(async () => this.#client.close());
  }

  async #run(): Promise<void> {
    for (let round = 0; !this.#stopping.signal.aborted; round += 1) {
      const events = Array.from({ length: 30 }, (_, index) => score(`player-${index}`, round % 9));
      const outcomes = await this.#client.sendBatch(
        events.map((event) => JSON.stringify({ event_id: crypto.randomUUID(), ...event })),
        { deadlineMs: 30_000, signal: new AbortController().signal },
      );
      this.sent += outcomes.filter(({ kind }) => kind === 'accepted').length;
      expect(outcomes.map(({ kind }) => kind)).toEqual(Array(events.length).fill('accepted'));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

interface Running {
  readonly gm: GameMetrics;
  /** Three processes of the roles under test. */
  readonly workers: RoleProcess[];
}

interface Outcome {
  /** The longest time without progress in a partition, ms. */
  readonly standstillMs: number;
  /** How long the workers took to start concurrently, ms. */
  readonly startMs: number;
}

/** Runs `disturb` on three workers under load and checks that no event is lost or counted twice. */
async function underLoad(
  roles: readonly Role[],
  disturb: (running: Running) => Promise<void>,
): Promise<Outcome> {
  await using gm = await createPipeline({ roles: 'none' });
  const others = allRoles.filter((role) => !roles.includes(role));
  await using ingest = await RoleProcess.start(others, gm.endpoints);
  const begin = performance.now();
  const workers = await Promise.all(
    [1, 2, 3].map(async () => RoleProcess.start(roles, gm.endpoints)),
  );
  const startMs = performance.now() - begin;
  const load = new SteadyLoad(ingest.url);
  const watch = new StandstillWatch(gm);
  try {
    // All groups consume all partitions before the disturbance.
    await until(() => watch.longest().length === 9);
    await disturb({ gm, workers });
    await watch.stop();
    await load.stop();
    await gm.waitDrained();
    const report = await gm.verify();
    expect(report.differences).toEqual([]);
    expect(report.compared.events).toBe(load.sent);
    return { standstillMs: watch.longest()[0]?.ms ?? Infinity, startMs };
  } finally {
    await Promise.all([watch.stop(), load.stop()]);
    await Promise.all(workers.map(async (worker) => worker.end('SIGKILL')));
  }
}

/** The number of partitions of each member of the logger group, highest first. */
async function loggersPartitions({ kafka, endpoints }: GameMetrics): Promise<number[]> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const { groups } = await admin.describeGroups([`${endpoints.namespace}event-logger-group`]);
    const members = groups[0]?.members ?? [];
    return members
      .map(({ memberAssignment }) => AssignerProtocol.MemberAssignment.decode(memberAssignment))
      .map((assigned) => Object.values(assigned?.assignment ?? {}).flat().length)
      .sort((a, b) => b - a);
  } finally {
    await admin.disconnect();
  }
}

describePipeline('three processes of a consumer', () => {
  it('restart one after the other without losing an event or stopping a partition for long', async ({
    annotate,
  }) => {
    const { standstillMs, startMs } = await underLoad(consumerRoles, async ({ gm, workers }) => {
      for (const [index, worker] of workers.entries()) {
        expect(await worker.end('SIGTERM')).toBe(0);
        // It has left its groups, so they do not wait for its session timeout.
        expect(await loggersPartitions(gm)).toHaveLength(2);
        workers[index] = await RoleProcess.start(consumerRoles, gm.endpoints);
      }
    });
    await annotate(`longest standstill ${standstillMs} ms, start ${Math.round(startMs)} ms`);
    // Partitions move once a process has started. If the start alone takes longer than the promised
    // limit, the machine is too busy for a limit in seconds.
    expect(standstillMs).toBeLessThan(Math.max(longestStandstillMs, startMs));
  }, 120_000);

  it('share the partitions, take over those of a killed process, and give a new one its share', async () => {
    await underLoad(['logger'], async ({ gm, workers }) => {
      const spread = async (...expected: number[]): Promise<void> =>
        until(async () => (await loggersPartitions(gm)).join() === expected.join());
      await spread(1, 1, 1);
      await workers[0]?.end('SIGKILL');
      await spread(2, 1);
      workers[0] = await RoleProcess.start(['logger'], gm.endpoints);
      await spread(1, 1, 1);
    });
  }, 120_000);
});
