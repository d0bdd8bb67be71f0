import { endpointsFromEnvironment } from '../../config/endpoints.js';
import { environment } from '../../config/environment.js';
import { prepareStores } from '../../pipeline/prepare.js';
import { checkStores, combined } from '../../stores/check.js';
import { BaseCommand } from '../support/base.js';

export default class RunMigrate extends BaseCommand {
  static override summary = 'Bring the database up to date and create the topics.';
  static override description =
    'It works on the services that KAFKA_BOOTSTRAP_SERVERS, DATABASE_URL (or DB_*) and REDIS_URL ' +
    'name. It may be run any number of times, and by many at once.';
  static override examples = [
    'KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:9092 <%= config.bin %> <%= command.id %>',
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(RunMigrate);
    const endpoints = endpointsFromEnvironment(environment());
    const problems = await checkStores(endpoints, ['kafka', 'postgres']);
    if (problems.length > 0) throw combined(problems);
    const migrations = await prepareStores(endpoints);
    this.print(flags.json, { migrations }, () => [
      migrations.length === 0 ? 'up to date' : `applied ${migrations.join(', ')}`,
    ]);
  }
}
