import { endpointsFromEnvironment } from '../../config/endpoints.js';
import { environment } from '../../config/environment.js';
import {
  topicSettingsFromEnvironment,
  topicSettingsToEnvironment,
} from '../../config/topicSettings.js';
import { checkStores, combined } from '../../diagnostics/checkStores.js';
import { prepareStores } from '../../pipeline/runtime/prepare.js';
import { BaseCommand } from '../support/base.js';
import { topicFlags, topicSettingsOf } from '../support/topicFlags.js';

export default class RunMigrate extends BaseCommand {
  static override summary = 'Bring the database up to date and create the topics.';
  static override description =
    'It uses the services that KAFKA_BOOTSTRAP_SERVERS, DATABASE_URL (or DB_*) and REDIS_URL name. ' +
    'It can run repeatedly and concurrently. Existing topics are not changed; a warning reports ' +
    'insufficient replication.';
  static override examples = [
    'KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:9092 <%= config.bin %> <%= command.id %>',
  ];

  static override flags = topicFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(RunMigrate);
    const env = { ...environment(), ...topicSettingsToEnvironment(topicSettingsOf(flags)) };
    const settings = topicSettingsFromEnvironment(env);
    const endpoints = endpointsFromEnvironment(env);
    const problems = await checkStores(endpoints, ['kafka', 'postgres']);
    if (problems.length > 0) throw combined(problems);
    const { migrations, warnings } = await prepareStores(endpoints, settings);
    if (!flags.json) for (const text of warnings) this.logToStderr('%s', `warning: ${text}`);
    this.print(flags.json, { migrations, warnings }, () => [
      migrations.length === 0 ? 'up to date' : `applied ${migrations.join(', ')}`,
    ]);
  }
}
