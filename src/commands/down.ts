import { Flags } from '@oclif/core';

import { environment } from '../config/environment.js';
import { instancesHome, readInstance, stopInstance, type StopResult } from '../stack/index.js';
import { parseDuration } from '../util/duration.js';
import { Failure } from '../util/failure.js';
import { BaseCommand } from './support/base.js';
import { nameFlag, timeoutFlag } from './support/flags.js';

export default class Down extends BaseCommand {
  static override summary = 'Stop an instance, or clear what a crashed one has left.';
  static override description =
    'Ingest is stopped first, then the consumers, then the stores. Data stays for the next "up" ' +
    'unless --wipe removes it.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --wipe',
    '<%= config.bin %> <%= command.id %> --name second',
  ];
  static override flags = {
    name: nameFlag,
    wipe: Flags.boolean({
      summary: 'Remove its data, too.',
      env: 'GAMEMETRICS_WIPE',
    }),
    force: Flags.boolean({
      summary: 'With --wipe on an external stack: remove what is local, leave its stores alone.',
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
        exit: 'usage',
        cure:
          'Use "gamemetrics down" to stop it. --wipe --force also removes its local folder; ' +
          'topics, tables and keys stay in any case.',
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
    cleared: `instance "${name}" had crashed; what it had left is cleared`,
    'containers-removed': `instance "${name}" is not running; the containers that it had left are removed`,
    'was-not-running': `instance "${name}" is not running`,
  };
  return [words[outcome], ...(wiped ? ['its folder is removed'] : [])];
}
