import { setTimeout as sleep } from 'node:timers/promises';

import { Flags } from '@oclif/core';

import { failuresOf, parseCheck } from '../app/checks.js';
import { exitCodes } from '../app/exits.js';
import { reading } from '../app/reading.js';
import { findTarget, type Target } from '../app/target.js';
import { metricsUrls } from '../app/watchTarget.js';
import { environment } from '../config/environment.js';
import { consumerRoles } from '../pipeline/contract/roles.js';
import { Observer } from '../pipeline/observe/observer.js';
import type { PipelineSnapshot } from '../pipeline/observe/snapshot.js';
import {
  instanceEnvironment,
  instancesHome,
  readInstance,
  requireRunning,
} from '../stack/index.js';
import type { InstanceState, InstanceStatus } from '../stack/index.js';
import { lagTable } from '../ui/pipeline/lagTable.js';
import { ingestText } from '../ui/pipeline/stages.js';
import { renderFacts, renderTable } from '../ui/terminal/table.js';
import { screenOf } from '../ui/terminal/terminal.js';
import { groupedNumber, printable } from '../ui/terminal/text.js';
import { parseDuration } from '../util/duration.js';
import { Failure } from '../util/failure.js';
import { within } from '../util/within.js';
import { addressesOf, shownState } from './support/addresses.js';
import { BaseCommand } from './support/base.js';
import { nameFlag, timeoutFlag } from './support/flags.js';

const pollMs = 100;

/** Between the two snapshots that rates are computed from. */
const rateMs = 500;

const doctorCure = 'To find out what is wrong: gamemetrics doctor';

/** Longer than a first connection to Redis takes. */
const snapshotDeadlineMs = 8_000;

export default class Status extends BaseCommand {
  static override summary = 'Show an instance: its processes, addresses and lag.';
  static override description =
    'Exits with 7 if the instance is not running, and with 99 if a --check fails. Checks compare ' +
    'lag (records, of every group or, as in lag.logger, of one), rate (records per second) or ' +
    'dead_letters. Without an instance, they apply to the services that the environment names.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    'eval "$(<%= config.bin %> <%= command.id %> --env)"',
    '<%= config.bin %> <%= command.id %> --wait --timeout 30s',
    "<%= config.bin %> <%= command.id %> --check 'lag<1000' --check 'dead_letters==0'",
  ];
  static override flags = {
    name: nameFlag,
    env: Flags.boolean({
      summary: 'Print the addresses as export lines for a shell.',
      env: 'GAMEMETRICS_ENV',
      exclusive: ['json', 'check'],
    }),
    check: Flags.string({
      summary: "Exit with 99 unless this condition holds, such as 'lag<1000'; repeatable.",
      helpValue: 'CONDITION',
      multiple: true,
      default: [],
    }),
    wait: Flags.boolean({
      summary: 'Wait until every process is ready.',
      env: 'GAMEMETRICS_WAIT',
    }),
    timeout: timeoutFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Status);
    const { json, name } = flags;
    const checks = flags.check.map((text) => parseCheck(text, consumerRoles));
    const home = instancesHome(environment(), process.cwd());
    if (flags.wait) await untilReady(home, name, parseDuration(flags.timeout));
    if (flags.env) {
      this.print(false, undefined, () => exportLines(requireRunning(home, name)));
      return;
    }
    const target = findTarget(name);
    const state = readInstance(home, name);
    const shown = state && shownState(state);
    const taken = await takeSnapshot(target, state?.status);
    if (checks.length > 0 && taken instanceof Failure) throw taken;
    const snapshot = taken instanceof Failure ? undefined : taken;
    const problems = taken instanceof Failure ? [taken.message] : taken.problems;
    const failed =
      snapshot === undefined ? [] : checks.flatMap((each) => failuresOf(each, snapshot));
    this.print(json, { ...shown, ...(snapshot && { snapshot }), problems, failed }, () => [
      ...(state === undefined ? [] : describe(state)),
      ...(snapshot === undefined ? [] : describeFlow(snapshot)),
    ]);
    if (!json) {
      for (const problem of problems) this.logToStderr('problem: %s', printable(problem));
      if (problems.length > 0) this.logToStderr('%s', doctorCure);
      for (const what of failed) this.logToStderr('check failed: %s', printable(what));
    }
    if (failed.length > 0) this.exit(exitCodes.checkFailed);
  }
}

/**
 * Takes two snapshots, for the rates. A store that cannot be read is one of the snapshot's problems.
 * @returns the second snapshot, or a Failure if nothing can be read
 */
async function takeSnapshot(
  target: Target,
  status: InstanceStatus | undefined,
): Promise<PipelineSnapshot | Failure> {
  if (status === 'starting' || status === 'stopping') {
    return new Failure(`the instance is ${status}`, { code: 'not_running' });
  }
  const reads = reading(target.endpoints, async (stores) => {
    const observer = new Observer(stores, () => metricsUrls(target));
    await observer.snapshot();
    await sleep(rateMs);
    return observer.snapshot();
  });
  try {
    return await within(reads, snapshotDeadlineMs, () => {
      const problem = `the stores did not answer within ${snapshotDeadlineMs / 1000} s`;
      return new Failure(problem, { code: 'service_failed', cure: doctorCure });
    });
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

async function untilReady(home: string, name: string, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!isReady(readInstance(home, name))) {
    if (performance.now() > deadline) {
      throw new Failure(`instance "${name}" is not ready after ${timeoutMs / 1000} s`, {
        code: 'timeout',
        cure: 'See "gamemetrics status" and "gamemetrics logs".',
      });
    }
    await sleep(pollMs);
  }
}

function isReady(state: InstanceState | undefined): boolean {
  return state?.status === 'running' && state.processes.every((each) => each.state === 'ready');
}

function exportLines(state: InstanceState): string[] {
  return Object.entries(instanceEnvironment(state)).map(
    ([variable, value]) => `export ${variable}='${value.replaceAll("'", String.raw`'\''`)}'`,
  );
}

function describe(state: InstanceState): string[] {
  const screen = screenOf(process.stdout);
  const table = renderTable(
    {
      head: ['process', 'roles', 'state', 'pid', 'restarts', 'url'],
      rows: state.processes.map((each) => [
        each.name,
        each.roles.join(' '),
        each.state,
        // As text: a pid has no thousands separators.
        String(each.pid ?? ''),
        each.restarts,
        each.url ?? '',
      ]),
    },
    screen,
  );
  if (!screen.interactive) return [table];
  return [
    `instance "${state.name}" is ${state.status}, started ${state.startedAt}`,
    `stack: ${state.stack} (${state.reason})`,
    renderFacts(addressesOf(state), screen),
    table,
  ];
}

function describeFlow(snapshot: PipelineSnapshot): string[] {
  const screen = screenOf(process.stdout);
  const table = lagTable(snapshot.groups, screen);
  if (!screen.interactive) return ['', table];
  return [
    table,
    ingestText(snapshot.ingest),
    `dead letters: ${groupedNumber(snapshot.deadLetters)}`,
  ];
}
