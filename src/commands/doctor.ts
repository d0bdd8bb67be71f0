import { exitCodes, exitReasonOf, fixOf } from '../app/exits.js';
import { findTarget, type Target } from '../app/target.js';
import { environment } from '../config/environment.js';
import { topicSettingsFromEnvironment } from '../config/topicSettings.js';
import { examineMachine } from '../diagnostics/doctor/machine.js';
import { examinePipeline } from '../diagnostics/doctor/pipeline.js';
import type { Finding } from '../diagnostics/finding.js';
import { instancesHome } from '../stack/index.js';
import { findingsText } from '../ui/findings.js';
import { screenOf } from '../ui/terminal/terminal.js';
import { Failure } from '../util/failure.js';
import { BaseCommand } from './support/base.js';
import { nameFlag } from './support/flags.js';

export default class Doctor extends BaseCommand {
  static override summary = 'Find out what keeps the pipeline from working, and how to fix it.';
  static override description =
    'Checks this machine (Node.js, PostgreSQL, redis-server, Docker, disk, ports) and the ' +
    'running instance, or the services that the environment names: whether ingest is ready, ' +
    'events reach Kafka, topics are replicated, each consumer makes progress, PostgreSQL accepts ' +
    'inserts, Redis is up to date and the clocks agree. Changes nothing. Exits with 99 if a ' +
    'check fails.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override flags = { name: nameFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(Doctor);
    const env = environment();
    const home = instancesHome(env, process.cwd());
    const target = targetOr(flags.name);
    const settings = topicSettingsFromEnvironment(env);
    const [machine, pipeline] = await Promise.all([
      examineMachine({ env, home, ownPorts: portsOf(target) }),
      'endpoints' in target ? examinePipeline(target.endpoints, target.url, settings) : [target],
    ]);
    const findings = [...machine, ...pipeline].map(withFix);
    this.print(flags.json, findings, () => [findingsText(findings, screenOf(process.stdout))]);
    if (findings.some(({ state }) => state === 'failed')) this.exit(exitCodes.checkFailed);
  }
}

/** A finding with the fix of the failure that its check ended with. */
function withFix({ failure, ...finding }: Finding): Finding {
  const fix = failure && fixOf(failure);
  return fix === undefined ? finding : { ...finding, cure: fix };
}

/** The pipeline to check, or a finding that says why there is none. */
function targetOr(name: string): Target | Finding {
  try {
    return findTarget(name);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const state = exitReasonOf(error) === 'notRunning' ? 'skipped' : 'failed';
    return { check: 'pipeline', state, detail: error.message, failure: error };
  }
}

function portsOf(target: Target | Finding): number[] {
  if (!('endpoints' in target)) return [];
  const { url, endpoints } = target;
  const { kafka, postgres, redis } = endpoints;
  const brokers = kafka.brokers.map((broker) => Number(broker.slice(broker.lastIndexOf(':') + 1)));
  const ingest = url === undefined ? [] : [Number(new URL(url).port)];
  return [...ingest, ...brokers, postgres.port, redis.port];
}
