import { Flags } from '@oclif/core';

import { detach, receiveStartRequest } from '../app/detach.js';
import { handleInterrupts, type Interrupts } from '../app/interrupts.js';
import { ProgressLines } from '../app/progressLines.js';
import { startPipeline, type StartRequest } from '../app/start.js';
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
import { sendToParent } from '../util/processMessages.js';
import { untilAborted } from '../util/untilAborted.js';
import { addressesOf, shownState } from './support/addresses.js';
import { BaseCommand } from './support/base.js';
import { copyLines } from './support/copyLines.js';
import { nameFlag, stackFlag } from './support/flags.js';
import { setupFlags, setupOf } from './support/startFlags.js';

export default class Up extends BaseCommand {
  static override summary = 'Start an instance: its stores, ingest and the consumers.';
  static override description =
    'The instance runs in the foreground until Ctrl-C, which stops everything in order (a second ' +
    'Ctrl-C stops it immediately). With --detach it runs in the background until ' +
    '"gamemetrics down". Its data is kept.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --detach',
    '<%= config.bin %> <%= command.id %> --name second --isolate',
    'KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:9092 <%= config.bin %> <%= command.id %>',
  ];
  static override flags = {
    name: nameFlag,
    stack: stackFlag,
    ...setupFlags,
    detach: Flags.boolean({
      char: 'd',
      summary: 'Return when the instance is ready, and leave it running in the background.',
      env: 'GAMEMETRICS_DETACH',
    }),
    'request-over-ipc': Flags.boolean({
      hidden: true,
      summary: 'Run the request that the parent process sends; used by --detach.',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Up);
    const interrupts = handleInterrupts();
    const { json, name, stack, detach: detached, 'request-over-ipc': overIpc } = flags;
    if (overIpc) return this.#run(await receiveStartRequest(), interrupts, json);
    const home = instancesHome(environment(), process.cwd());
    const running = readInstance(home, name);
    if (running?.status === 'running' || running?.status === 'starting') {
      this.#printOther(json, running);
      return;
    }
    const request = { home, name, stack, ...setupOf(flags) };
    if (!detached) return this.#run(request, interrupts, json);
    await detach(request, { write: this.#writer(json), signal: interrupts.stop });
    this.#printState(json, requireRunning(home, name), `instance "${name}" runs`);
  }

  /** Runs an instance in this process until it is stopped or fails. */
  async #run(request: StartRequest, interrupts: Interrupts, json: boolean): Promise<void> {
    const { home, name } = request;
    const progress = new ProgressLines(this.#writer(json));
    const report: typeof progress.write = (line, type) => {
      progress.write(line, type);
      void sendToParent({ type: 'progress', line });
    };
    const instance = await startPipeline(request, interrupts, report).catch((error: unknown) => {
      if (error instanceof AlreadyRunning) return undefined;
      throw error;
    });
    if (instance === undefined) {
      // Another process started it first: the result is the same as for an instance that already runs.
      const running = requireRunning(home, name);
      this.#printOther(json, running);
      return sendToParent({ type: 'ready', url: running.url });
    }
    this.#printState(json, instance.state(), `instance "${name}" runs`);
    await sendToParent({ type: 'ready', url: instance.url });
    await this.#runUntilEnd(instance, interrupts, progress, json);
  }

  /** Writes lines about the start; with --json to stderr, because stdout is reserved for JSON. */
  #writer(json: boolean): (line: string) => void {
    return (line) => (json ? this.logToStderr('%s', line) : this.log('%s', line));
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
    if (end === 'SIGINT') throw new Failure('interrupted', { code: 'interrupted' });
  }

  /** Prints an instance that another process runs. */
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
