import { Flags } from '@oclif/core';

import { detach, tellParent } from '../app/detach.js';
import { handleInterrupts, type Interrupts } from '../app/interrupts.js';
import { ProgressLines } from '../app/progressLines.js';
import { startPipeline } from '../app/start.js';
import { watchInstance } from '../app/watchInstance.js';
import { environment } from '../config/environment.js';
import {
  AlreadyRunning,
  instancesHome,
  readInstance,
  requireRunning,
  type Instance,
  type InstanceState,
} from '../stack/index.js';
import { renderFacts } from '../ui/terminal/table.js';
import { screenOf } from '../ui/terminal/terminal.js';
import { Failure } from '../util/failure.js';
import { untilAborted } from '../util/untilAborted.js';
import { addressesOf, shownState } from './support/addresses.js';
import { BaseCommand } from './support/base.js';
import { copyLines } from './support/copyLines.js';
import { dockerArguments, dockerFlags, dockerOptions } from './support/dockerFlags.js';
import { isolateFlag, nameFlag, portFlag, stackFlag } from './support/flags.js';
import { topicArguments, topicFlags, topicSettingsOf } from './support/topicFlags.js';

export default class Up extends BaseCommand {
  static override summary = 'Start an instance: its stores, ingest and the consumers.';
  static override description =
    'It runs in the foreground until Ctrl-C, which stops everything in order (a second one at ' +
    'once); with --detach it goes on in the background until "gamemetrics down". Its data stays.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --detach',
    '<%= config.bin %> <%= command.id %> --name second --isolate',
    'KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:9092 <%= config.bin %> <%= command.id %>',
  ];
  static override flags = {
    name: nameFlag,
    stack: stackFlag,
    isolate: isolateFlag,
    port: portFlag,
    ...topicFlags,
    ...dockerFlags,
    detach: Flags.boolean({
      char: 'd',
      summary: 'Return as soon as it runs, and leave it running.',
      env: 'GAMEMETRICS_DETACH',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Up);
    const { json, name } = flags;
    const home = instancesHome(environment(), process.cwd());
    const before = readInstance(home, name);
    if (before?.status === 'running' || before?.status === 'starting') {
      this.#printOther(json, before);
      return;
    }
    const interrupts = handleInterrupts();
    const progress = new ProgressLines((line) =>
      json ? this.logToStderr('%s', line) : this.log('%s', line),
    );
    const { write } = progress;
    if (flags.detach) {
      const { stack, isolate, port } = flags;
      const args = ['up', `--name=${name}`, `--stack=${stack}`];
      if (isolate) args.push('--isolate');
      if (port !== undefined) args.push(`--port=${port}`);
      args.push(...topicArguments(flags), ...dockerArguments(flags));
      await detach({ home, name, args, write, signal: interrupts.stop });
      this.#printState(json, requireRunning(home, name), `instance "${name}" runs`);
      return;
    }
    const { stack, isolate, port } = flags;
    const docker = dockerOptions(flags);
    const topicSettings = topicSettingsOf(flags);
    const request = { name, home, stack, isolate, port, topicSettings, docker, ephemeral: false };
    const tell: typeof write = (line, type) => {
      write(line, type);
      tellParent({ type: 'progress', line });
    };
    const instance = await startPipeline(request, interrupts, tell).catch((error: unknown) => {
      if (error instanceof AlreadyRunning) return undefined;
      throw error;
    });
    if (instance === undefined) {
      // Another one was faster: it is as if that had been there before.
      this.#printOther(json, requireRunning(home, name));
      return;
    }
    this.#printState(json, instance.state(), `instance "${name}" runs`);
    tellParent({ type: 'running' });
    await this.#runUntilEnd(instance, interrupts, progress, json);
  }

  async #runUntilEnd(
    instance: Instance,
    interrupts: Interrupts,
    progress: ProgressLines,
    json: boolean,
  ): Promise<void> {
    const watching = new AbortController();
    const watch = watchInstance(instance, progress, { json, signal: watching.signal });
    let end;
    try {
      end = await Promise.race([untilAborted(interrupts.stop), instance.failed, watch]);
      watching.abort();
      await watch;
    } finally {
      await instance.stop();
    }
    if (end instanceof Failure) throw end;
    if (end === 'SIGINT') throw new Failure('interrupted', { exit: 'interrupted' });
  }

  /** Tells of an instance that another process runs. */
  #printOther(json: boolean, state: InstanceState): void {
    const word = state.status === 'running' ? 'already runs' : 'is already starting';
    this.#printState(json, state, `instance "${state.name}" ${word}`);
  }

  #printState(json: boolean, state: InstanceState, headline: string): void {
    this.print(json, shownState(state), () => [
      headline,
      renderFacts(addressesOf(state), screenOf(process.stdout)),
      ...copyLines(state),
    ]);
  }
}
