import { Args } from '@oclif/core';

import { browsing } from '../../app/browsing.js';
import { findTarget } from '../../app/target.js';
import { groupsText, groupText } from '../../ui/kafka.js';
import { screenOf } from '../../ui/terminal/terminal.js';
import { Failure } from '../../util/failure.js';
import { BaseCommand } from '../support/base.js';
import { nameFlag } from '../support/flags.js';

export default class KafkaGroups extends BaseCommand {
  static override summary = "Show Kafka's consumer groups, or the partitions of one.";
  static override description =
    'The lag is relative to the offsets committed to Kafka. For the groups of the pipeline these ' +
    'can be a second old: the authoritative offsets are stored with their effects (see "tail" ' +
    'and "wait drained"). Exits with 99 if there is no such group.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> event-logger-group',
  ];
  static override args = {
    group: Args.string({ ignoreStdin: true, description: 'Show only this group, by partition.' }),
  };
  static override flags = { name: nameFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(KafkaGroups);
    const { endpoints } = findTarget(flags.name);
    const screen = screenOf(process.stdout);
    const groups = await browsing(endpoints, (browser) => browser.groups());
    if (args.group === undefined) {
      this.print(flags.json, groups, () => [groupsText(groups, screen)]);
      return;
    }
    const names = [endpoints.namespace + args.group, args.group];
    const [found] = names.flatMap((name) => groups.filter(({ group }) => group === name));
    if (found === undefined) {
      throw new Failure(`Kafka has no consumer group "${args.group}"`, {
        code: 'check_failed',
        cure: `Groups: ${groups.map(({ group }) => group).join(', ') || 'none'}.`,
      });
    }
    this.print(flags.json, found, () => [groupText(found, screen)]);
  }
}
