import { setTimeout as sleep } from 'node:timers/promises';

import { planLoad } from '../../src/generators/plan.js';
import { OutcomeLog } from '../../src/load/outcomes.js';
import { runLoad } from '../../src/load/runner.js';
import { beginCheck } from '../../src/load/storeCheck.js';
import { openStores } from '../../src/pipeline/runtime/stores.js';
import { pause } from '../../src/util/pause.js';
import { describeFault } from '../faults/fault.js';
import { createFaultyPipeline, type FaultyPipeline } from '../faults/faultyPipeline.js';
import { seededRandom } from '../faults/random.js';
import { scheduleFaults } from '../faults/schedule.js';
import { until } from '../support/until.js';
import { MemoryWatch } from './memory.js';

export interface SoakOptions {
  readonly seed: number;
  readonly minutes: number;
  /** Events per second. */
  readonly rate: number;
  readonly log: (line: string) => void;
}

const minuteMs = 60_000;
const sampleMs = 10_000;
const warmUpMinutes = 5;
const longestFaultMs = 3_000;
const drainMs = 120_000;
/** The allowed memory growth of a process after its warm-up. */
const mostGrowth = 1.1;

/**
 * Runs a steady load for many minutes with one fault per minute. Then it compares the stores with
 * the prediction of the load and with each other, and checks the memory growth of each process.
 * @returns the problems, in words
 */
export async function runSoak({ seed, minutes, rate, log }: SoakOptions): Promise<string[]> {
  log(`soak: seed ${seed}, ${minutes} minutes at ${rate} events/s, one fault per minute`);
  await using pipeline = await createFaultyPipeline({ seed });
  await using stores = openStores(pipeline.direct.endpoints);
  const memory = new MemoryWatch();
  const plan = planLoad({
    seed,
    rate,
    durationMs: minutes * minuteMs,
    players: 1_000,
    trouble: { duplicates: 0.01, invalid: 0.01, late: 0.01, lateByMs: 3_600_000 },
  });
  const outcomes = new OutcomeLog();
  const finish = await beginCheck(stores, plan);
  const ended = new AbortController();
  const watch = watchMemory(pipeline, memory, ended.signal, log);
  const [summary] = await Promise.all([
    runLoad({ ...plan, url: pipeline.url, outcomes, signal: new AbortController().signal }),
    injectFaults(pipeline, seed, minutes, log),
  ]);
  ended.abort();
  await watch;
  pipeline.heal();
  await until(() => pipeline.processes.states().every(({ state }) => state === 'ready'), drainMs);
  await pipeline.direct.waitDrained(drainMs);
  log(
    `soak: sent ${summary.sent}, accepted ${summary.accepted}, failed ${summary.failed}, retried ` +
      `${summary.retried}, ${summary.achievedRate.toFixed(1)}/s, p50 ${summary.latencyMs?.p50.toFixed(1)} ms, ` +
      `p99 ${summary.latencyMs?.p99.toFixed(1)} ms`,
  );
  const check = await finish(outcomes, summary.retried);
  for (const { what, predicted, actual } of check.numbers) {
    log(`soak: ${what}: predicted ${predicted}, actual ${actual}`);
  }
  const report = await pipeline.direct.verify();
  const growth = memory.growth(warmUpMinutes);
  for (const { name, atBeginning, atEnd } of growth) {
    log(`soak: ${name}: ${atBeginning} MB after ${warmUpMinutes} minutes, ${atEnd} MB at the end`);
  }
  return [
    ...(check.ok ? [] : ['the stores do not hold what the load predicts']),
    ...(report.ok ? [] : [`verify finds ${report.differences.length} differences`]),
    ...growth
      .filter(({ atBeginning, atEnd }) => atEnd > atBeginning * mostGrowth)
      .map(({ name, atBeginning, atEnd }) => `${name} grew from ${atBeginning} to ${atEnd} MB`),
  ];
}

/** Injects one fault per minute, at a random time within the minute. */
async function injectFaults(
  pipeline: FaultyPipeline,
  seed: number,
  minutes: number,
  log: (line: string) => void,
): Promise<void> {
  const random = seededRandom(seed);
  const processes = pipeline.processes.states().map(({ name }) => name);
  const withinMs = minuteMs - longestFaultMs;
  const { signal } = new AbortController();
  const beginMs = performance.now();
  for (let minute = 0; minute < minutes; minute += 1) {
    const [next] = scheduleFaults({
      random,
      faults: 1,
      withinMs,
      processes,
      longestMs: longestFaultMs,
    });
    if (next === undefined) return;
    await sleep(Math.max(0, beginMs + minute * minuteMs + next.atMs - performance.now()));
    log(`soak: minute ${minute}: ${describeFault(next.fault)}`);
    await pipeline.inject(next.fault, signal);
  }
}

async function watchMemory(
  pipeline: FaultyPipeline,
  memory: MemoryWatch,
  signal: AbortSignal,
  log: (line: string) => void,
): Promise<void> {
  for (let sample = 0; !signal.aborted; sample += 1) {
    memory.note(pipeline.processes.states(), performance.now());
    if (sample % 6 === 0) log(`soak: minute ${sample / 6}: MB: ${memory.line()}`);
    await pause(sampleMs, signal);
  }
}
