import { Args } from '@oclif/core';

import { browsing } from '../../app/browsing.js';
import { findTarget } from '../../app/target.js';
import { findTopic } from '../../pipeline/read/readTopic.js';
import { partitionsText, topicsText } from '../../ui/kafka.js';
import { screenOf } from '../../ui/terminal/terminal.js';
import { BaseCommand } from '../support/base.js';
import { nameFlag } from '../support/flags.js';

export default class KafkaTopics extends BaseCommand {
  static override summary = "Show Kafka's topics, or the partitions of one.";
  static override description = 'Exits with 99 if there is no such topic.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> player.events.raw',
  ];
  static override args = {
    topic: Args.string({ ignoreStdin: true, description: 'Show only this topic, by partition.' }),
  };
  static override flags = { name: nameFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(KafkaTopics);
    const { endpoints } = findTarget(flags.name);
    const screen = screenOf(process.stdout);
    const { topic } = args;
    await browsing(endpoints, async (browser) => {
      if (topic === undefined) {
        const topics = await browser.topics();
        this.print(flags.json, topics, () => [topicsText(topics, screen)]);
      } else {
        const found = await findTopic(browser, endpoints.namespace, topic);
        this.print(flags.json, found, () => [partitionsText(found, screen)]);
      }
    });
  }
}
