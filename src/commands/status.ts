import { Flags } from '@oclif/core';
import { setTimeout as delay } from 'node:timers/promises';
import { environment } from '../config/environment.js';
import { Failure } from '../config/failure.js';
import {
  instanceEnvironment,
  instancesHome,
  readInstance,
  requireRunning,
  type InstanceState,
} from '../stack/index.js';
import { renderFacts, renderTable } from '../ui/table.js';
import { screenOf } from '../ui/terminal.js';
import { addressesOf, shownState } from './support/addresses.js';
import { BaseCommand } from './support/base.js';
import { nameFlag, parseDuration, timeoutFlag } from './support/flags.js';

const pollMs = 100;

export default class Status extends BaseCommand {
  static override summary = 'Show an instance: its processes and its addresses.';
  static override description = 'It exits with 7 where the instance does not run.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    'eval "$(<%= config.bin %> <%= command.id %> --env)"',
    '<%= config.bin %> <%= command.id %> --wait --timeout 30s',
  ];
  static override flags = {
    name: nameFlag,
    env: Flags.boolean({
      summary: 'Print lines for a shell that export its addresses.',
      env: 'GAMEMETRICS_ENV',
      exclusive: ['json'],
    }),
    wait: Flags.boolean({
      summary: 'Wait until all of it is ready.',
      env: 'GAMEMETRICS_WAIT',
    }),
    timeout: timeoutFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Status);
    const { json, name } = flags;
    const home = instancesHome(environment(), process.cwd());
    if (flags.wait) await untilReady(home, name, parseDuration(flags.timeout));
    const state = requireRunning(home, name);
    this.print(json, shownState(state), () => (flags.env ? exportLines(state) : describe(state)));
  }
}

async function untilReady(home: string, name: string, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!isReady(readInstance(home, name))) {
    if (performance.now() > deadline) {
      throw new Failure(`instance "${name}" is not ready after ${timeoutMs / 1000} s`, {
        exit: 'timeout',
        cure: 'See "gamemetrics status" and "gamemetrics logs".',
      });
    }
    await delay(pollMs);
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
        // Text, since a pid is a name: it has no thousands.
        String(each.pid ?? ''),
        each.restarts,
        each.url ?? '',
      ]),
    },
    screen,
  );
  if (!screen.interactive) return [table];
  return [
    `instance "${state.name}" is ${state.status} since ${state.startedAt}`,
    `stack: ${state.stack} (${state.reason})`,
    renderFacts(addressesOf(state), screen),
    table,
  ];
}
