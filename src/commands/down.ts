import { Flags } from '@oclif/core';

import { environment } from '../config/environment.js';
import { instancesHome, readInstance, stopInstance, type StopResult } from '../stack/index.js';
import { parseDuration } from '../util/duration.js';
import { Failure } from '../util/failure.js';
import { BaseCommand } from './support/base.js';
import { nameFlag, timeoutFlag } from './support/flags.js';

export default class Down extends BaseCommand {
  static override summary = 'Stop an instance, or clean up after one that crashed.';
  static override description =
    'Stops ingest first, then the consumers, then the stores. Keeps the data for the next "up" ' +
    'unless --wipe is given.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --wipe',
    '<%= config.bin %> <%= command.id %> --name second',
  ];
  static override flags = {
    name: nameFlag,
    wipe: Flags.boolean({
      summary: 'Also remove its data.',
      env: 'GAMEMETRICS_WIPE',
    }),
    force: Flags.boolean({
      summary: 'With --wipe on an external stack: remove local files only, not data in its stores.',
      env: 'GAMEMETRICS_FORCE',
    }),
    timeout: timeoutFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Down);
    const { json, name, wipe, force, timeout } = flags;
    const env = environment();
    const home = instancesHome(env, process.cwd());
    if (wipe && !force && readInstance(home, name)?.stack === 'external') {
      throw new Failure(`instance "${name}" runs on an external stack, whose data is not its own`, {
        code: 'invalid_argument',
        cure:
          'Use "gamemetrics down" to stop it. --wipe --force also removes its local folder; ' +
          'topics, tables and keys stay in either case.',
      });
    }
    const result = await stopInstance(home, name, { wipe, timeoutMs: parseDuration(timeout), env });
    this.print(json, { name, ...result }, () => describe(name, result));
  }
}

function describe(name: string, { outcome, wiped }: StopResult): string[] {
  const words = {
    stopped: `instance "${name}" is stopped`,
    killed: `instance "${name}" did not stop in time and was killed`,
    cleared: `instance "${name}" had crashed; its leftovers were cleaned up`,
    'containers-removed': `instance "${name}" is not running; its leftover containers were removed`,
    'was-not-running': `instance "${name}" is not running`,
  };
  return [words[outcome], ...(wiped ? ['its folder was removed'] : [])];
}
