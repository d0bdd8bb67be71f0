import { handleInterrupts, type Interrupts } from '../app/interrupts.js';
import { startPipeline } from '../app/start.js';
import { environment } from '../config/environment.js';
import { environmentFor, instanceEnvironment, type Instance } from '../stack/index.js';
import { Failure } from '../util/failure.js';
import { BaseCommand } from './support/base.js';
import { isolateFlag, nameFlag, stackFlag } from './support/flags.js';
import { runCommand } from './support/runCommand.js';

export default class Exec extends BaseCommand {
  static override summary = 'Run a command against a fresh instance, and remove it afterwards.';
  static override description =
    'The environment of the command contains the addresses (GAMEMETRICS_URL, ' +
    'KAFKA_BOOTSTRAP_SERVERS, DATABASE_URL, REDIS_URL and their parts), and gamemetrics uses the ' +
    'instance if the command calls it. exec returns the exit code of the command, and prints its ' +
    'own messages to stderr.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> -- npm test',
    `<%= config.bin %> <%= command.id %> -- sh -c 'psql "$DATABASE_URL" -c "select 1"'`,
  ];
  static override strict = false;
  static override usage = 'exec [FLAGS] -- COMMAND...';
  static override flags = { name: nameFlag, stack: stackFlag, isolate: isolateFlag };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Exec);
    const [command, ...args] = argv.map(String);
    if (command === undefined) {
      throw new Failure('no command to run', {
        code: 'invalid_argument',
        cure: 'Add the command after two hyphens: gamemetrics exec -- npm test',
      });
    }
    const { name, stack, isolate } = flags;
    const interrupts = handleInterrupts();
    const request = { name, home: '', stack, isolate, port: undefined, ephemeral: true };
    const instance = await startPipeline(request, interrupts, (line) =>
      this.logToStderr('%s', line),
    );
    try {
      this.exit(await runWith(instance, command, args, interrupts));
    } finally {
      await instance.stop();
    }
  }
}

/** @throws Failure if a process of the instance fails for good; the command then receives SIGTERM */
async function runWith(
  instance: Instance,
  command: string,
  args: readonly string[],
  interrupts: Interrupts,
): Promise<number> {
  const broken = new AbortController();
  const code = runCommand({
    command,
    args,
    env: {
      ...environmentFor(instance.endpoints, environment()),
      ...instanceEnvironment(instance.state()),
      GAMEMETRICS_HOME: instance.home,
      GAMEMETRICS_NAME: instance.name,
    },
    stop: AbortSignal.any([interrupts.stop, broken.signal]),
    kill: interrupts.kill,
  });
  const end = await Promise.race([code, instance.failed]);
  if (!(end instanceof Failure)) return end;
  broken.abort('SIGTERM');
  await code;
  throw end;
}
