import { setTimeout as sleep } from 'node:timers/promises';

import { isRunning, type ProcessIdentity } from '../../src/stack/process/identity.js';
import type { KafkaCluster } from '../cluster/support/kafkaCluster.js';
import { describeFault } from '../faults/fault.js';
import {
  createFaultyPipeline,
  type FaultyPipeline,
  type FaultyPipelineOptions,
} from '../faults/faultyPipeline.js';
import { seededRandom, type Random } from '../faults/random.js';
import { scheduleFaults } from '../faults/schedule.js';
import { until } from '../support/until.js';
import { drawBrokerFaults } from './brokers.js';
import { Checker, type Violation } from './checker.js';
import { History, verdictOf } from './history.js';
import { runChaosLoad } from './load.js';
import { produceDirectly } from './producer.js';
import { reportLines } from './report.js';
import { Rival } from './rival.js';
import { recreateTopic, recreateTopicUnseen } from './topic.js';
import { upheavals } from './upheavals.js';

export interface CampaignOptions extends Pick<FaultyPipelineOptions, 'kafka' | 'createRoles'> {
  /** Three brokers instead of the embedded one, of which one at a time also fails. */
  readonly cluster?: KafkaCluster;
  readonly seed: number;
  readonly rounds: number;
  /** The number of the first round. With the seed, it determines the faults. 1 by default. */
  readonly first?: number;
  /** Distinct events per round; 2,000 by default. */
  readonly events?: number;
  /** Minimum of faults per round; 5 by default. */
  readonly faults?: number;
  readonly log: (line: string) => void;
}

export interface CampaignResult {
  /** Rounds that were checked. */
  readonly rounds: number;
  readonly events: number;
  readonly faults: number;
  /** The violations of the last round; earlier rounds have none. */
  readonly violations: readonly Violation[];
}

const overMs = 6_000;
const longestFaultMs = 3_000;
/** Longer than the session timeout of a group: the partition moves before its old owner resumes. */
const zombieMs = 12_500;
const drainMs = 100_000;
const pastFailoverMs = 20_000;

/** Runs rounds of load and faults on one pipeline. Checks each one and ends at a violation. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const { seed, rounds, log } = options;
  log(`chaos: seed ${seed}, ${rounds} rounds`);
  const seen = new Map<number, ProcessIdentity>();
  const result = { rounds: 0, events: 0, faults: 0 };
  let violations: readonly Violation[] = [];
  const pipeline = await createFaultyPipeline({
    ...options,
    ...(options.cluster === undefined ? {} : { kafka: { brokers: options.cluster.brokers } }),
    seed,
  });
  try {
    const checker = await Checker.create(pipeline.direct);
    while (result.rounds < rounds && violations.length === 0) {
      const round = new Round(
        pipeline,
        checker,
        options,
        (options.first ?? 1) + result.rounds,
        seen,
      );
      violations = await round.run();
      result.rounds += 1;
      result.faults += round.faults;
      result.events = checker.events;
    }
  } finally {
    await pipeline.stop();
  }
  const left = [...seen.values()].filter(isRunning);
  if (left.length > 0) {
    const what = `processes outlive their pipeline: ${left.map(({ pid }) => pid).join(', ')}`;
    violations = [...violations, { what, identities: [] }];
  }
  return { ...result, violations };
}

class Round {
  readonly #pipeline: FaultyPipeline;
  readonly #checker: Checker;
  readonly #options: CampaignOptions;
  readonly #number: number;
  readonly #seen: Map<number, ProcessIdentity>;
  readonly #random: Random;
  readonly #history = new History();
  faults = 0;

  constructor(
    pipeline: FaultyPipeline,
    checker: Checker,
    options: CampaignOptions,
    number: number,
    seen: Map<number, ProcessIdentity>,
  ) {
    this.#pipeline = pipeline;
    this.#checker = checker;
    this.#options = options;
    this.#number = number;
    this.#seen = seen;
    this.#random = seededRandom(options.seed * 1_000 + number);
  }

  async run(): Promise<readonly Violation[]> {
    const { log, seed, events = 2_000 } = this.#options;
    const beginMs = performance.now();
    const watch = setInterval(() => this.#notePids(), 50);
    let violations: readonly Violation[];
    try {
      await this.#maybeReplaceLog();
      const load = runChaosLoad({
        url: this.#pipeline.url,
        seed: seed * 1_000 + this.#number,
        random: seededRandom(seed * 1_000 + this.#number + 500),
        events,
        overMs,
        history: this.#history,
        // Events that are acknowledged only after a failover are those that it could lose.
        ...(this.#options.cluster === undefined ? {} : { requestTimeoutMs: pastFailoverMs }),
      });
      await Promise.all([load, this.#makeTrouble()]);
      this.#pipeline.heal();
      await this.#options.cluster?.heal();
      violations = await this.#settled();
    } finally {
      clearInterval(watch);
    }
    const seconds = ((performance.now() - beginMs) / 1_000).toFixed(1);
    const answers = [...this.#history.entries.values()].map(verdictOf);
    const count = (wanted: string): number => answers.filter((answer) => answer === wanted).length;
    log(
      `round ${this.#number}: ${answers.length} events (${count('accepted')} accepted, ` +
        `${count('rejected')} rejected, ${count('unknown')} unanswered), ${this.faults} faults, ` +
        `${seconds} s: ${violations.length === 0 ? 'ok' : `${violations.length} VIOLATIONS`}`,
    );
    if (violations.length > 0) {
      log(`chaos: seed ${seed}, round ${this.#number}:`);
      const states = this.#pipeline.processes.states();
      for (const line of reportLines(violations, this.#history, states)) log(line);
    }
    return violations;
  }

  async #makeTrouble(): Promise<void> {
    const random = this.#random;
    const { cluster } = this.#options;
    const onKafka = this.#options.kafka !== undefined || cluster !== undefined;
    const processes = this.#pipeline.processes
      .states()
      .map(({ name }) => name)
      // With another Kafka, the embedded broker is idle.
      .filter((name) => name !== 'broker' || !onKafka);
    const faults = (this.#options.faults ?? 5) + random.between(0, 3);
    const schedule = scheduleFaults({
      random,
      faults,
      withinMs: overMs,
      processes,
      longestMs: longestFaultMs,
    });
    const signal = new AbortController().signal;
    const tasks = schedule.map(async ({ atMs, fault }) => {
      await sleep(atMs);
      await this.#runFault(describeFault(fault), async () => this.#pipeline.inject(fault, signal));
    });
    if (random.chance(0.8)) {
      const { what, run } = random.pick(upheavals);
      const atMs = random.between(0, overMs);
      tasks.push(
        sleep(atMs).then(async () => this.#runFault(what, async () => run(this.#pipeline))),
      );
    }
    if (cluster !== undefined) tasks.push(this.#failBrokers(cluster));
    tasks.push(produceDirectly(this.#pipeline.direct, this.#history, random, overMs));
    // A second instance of every role, to which partitions move.
    const rival = random.chance(0.35)
      ? new Rival(this.#pipeline, this.#options.createRoles)
      : undefined;
    if (rival !== undefined) {
      const ms = random.between(5_000, 14_000);
      tasks.push(
        this.#runFault(`a second instance for ${ms} ms`, async () => rival.runFor(ms, this.#seen)),
      );
    }
    if (random.chance(rival === undefined ? 0.15 : 0.7)) tasks.push(this.#zombie());
    await Promise.all(tasks);
  }

  /** An error ends the round, since a broker that cannot be killed or restarted makes it void. */
  async #failBrokers(cluster: KafkaCluster): Promise<void> {
    for (const { what, afterMs, run } of drawBrokerFaults(this.#random, overMs)) {
      await sleep(afterMs);
      this.faults += 1;
      this.#history.note(what);
      await run(cluster);
    }
  }

  /** Sometimes recreates the topic. The pipeline is drained, so all its events are stored. */
  async #maybeReplaceLog(): Promise<void> {
    const { direct } = this.#pipeline;
    const draw = this.#random.next();
    if (draw < 0.15) {
      await this.#runFault('recreate the topic', async () => recreateTopic(direct));
    } else if (draw < 0.35) {
      await this.#runFault('recreate the topic, unseen by paused consumers', async () =>
        recreateTopicUnseen(this.#pipeline, this.#history, this.#random),
      );
    }
  }

  async #zombie(): Promise<void> {
    const process = this.#random.pick(['logger', 'statistics', 'leaderboard'] as const);
    await sleep(this.#random.between(0, overMs / 2));
    const fault = { kind: 'pause', process, ms: zombieMs } as const;
    const { signal } = new AbortController();
    await this.#runFault(describeFault(fault), async () => this.#pipeline.inject(fault, signal));
  }

  async #runFault(what: string, fault: () => Promise<void>): Promise<void> {
    this.faults += 1;
    this.#history.note(what);
    await fault().catch((error: unknown) => {
      this.#history.note(`${what}: ${String(error)}`);
    });
  }

  /** Waits until all processes are ready and the pipeline is drained, then checks it. */
  async #settled(): Promise<readonly Violation[]> {
    try {
      await until(
        () => this.#pipeline.processes.states().every(({ state }) => state === 'ready'),
        drainMs,
      );
      await this.#pipeline.direct.waitDrained(drainMs);
    } catch (error) {
      const states = this.#pipeline.processes
        .states()
        .map(({ name, state, lastExit }) => `${name} ${state} (${lastExit ?? 'never ended'})`);
      return [{ what: `${String(error)}; ${states.join(', ')}`, identities: [] }];
    }
    return this.#checker.check(this.#history);
  }

  #notePids(): void {
    for (const { pid, startTime } of this.#pipeline.processes.states()) {
      if (pid !== undefined && startTime !== undefined) this.#seen.set(pid, { pid, startTime });
    }
  }
}
