import { Args, Flags } from '@oclif/core';

import { followLogs } from '../app/followLogs.js';
import { environment } from '../config/environment.js';
import { instancesHome, listLogs, type ProcessLog } from '../stack/index.js';
import { logLine } from '../ui/logLine.js';
import { screenOf } from '../ui/terminal/terminal.js';
import { BaseCommand } from './support/base.js';
import { nameFlag } from './support/flags.js';

export default class Logs extends BaseCommand {
  static override summary = "Print the logs of an instance's processes.";
  static override description =
    'The logs remain after the instance has stopped. A terminal shows the time and message of ' +
    'each entry; a pipe gets the lines as they were written (the roles write JSON). With --json, ' +
    'prints one object per line.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> worker --follow',
    '<%= config.bin %> <%= command.id %> postgres --lines 100',
  ];
  static override args = {
    process: Args.string({
      ignoreStdin: true,
      description: 'Name of the process, as shown by "status" (all by default).',
    }),
  };
  static override flags = {
    name: nameFlag,
    follow: Flags.boolean({
      char: 'f',
      summary: 'Continue with new lines as they are written, until Ctrl-C.',
      env: 'GAMEMETRICS_FOLLOW',
    }),
    lines: Flags.integer({
      char: 'l',
      summary: 'Number of last lines per process.',
      env: 'GAMEMETRICS_LINES',
      helpValue: 'N',
      default: 20,
      min: 0,
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Logs);
    const home = instancesHome(environment(), process.cwd());
    const logs = listLogs(home, flags.name, args.process);
    const width = Math.max(...logs.map(({ process }) => process.length));
    const write = ({ process: name }: ProcessLog, line: string) => {
      const head = logs.length === 1 ? '' : `${name.padEnd(width)} | `;
      if (flags.json) this.log('%s', JSON.stringify({ process: name, line }));
      else this.log('%s', head + logLine(line, screenOf(process.stdout)));
    };
    await followLogs(logs, flags.lines, flags.follow, write);
  }
}
