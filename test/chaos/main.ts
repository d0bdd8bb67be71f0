import { parseArgs } from 'node:util';

import { KafkaCluster } from '../cluster/support/kafkaCluster.js';
import { runCampaign } from './campaign.js';
import { mutantRoles, mutants } from './mutants.js';
import { runSoak } from './soak.js';

/**
 * npm run chaos -- [--seed S] [--rounds N] [--first ROUND] [--events N] [--kafka host:port | --cluster] [--mutant NAME]
 * npm run chaos -- --soak MINUTES [--rate N] [--seed S]
 * Exits with 0 if the guarantees hold, and with 99 if they are violated.
 * @param load imports a module by its URL, since the runner of this module is closed by now
 */
export async function main(
  args: readonly string[],
  load: (url: string) => Promise<unknown>,
): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
      rounds: { type: 'string', default: '10' },
      first: { type: 'string', default: '1' },
      events: { type: 'string', default: '2000' },
      kafka: { type: 'string' },
      cluster: { type: 'boolean', default: false },
      mutant: { type: 'string' },
      soak: { type: 'string' },
      rate: { type: 'string', default: '1000' },
    },
  });
  const log = (line: string): void => console.log(line);
  if (values.soak !== undefined) {
    const minutes = Number(values.soak);
    const wrong = await runSoak({
      seed: Number(values.seed),
      minutes,
      rate: Number(values.rate),
      log,
    });
    log(`soak: ${wrong.length === 0 ? 'nothing is wrong' : wrong.join('; ')}`);
    return wrong.length === 0 ? 0 : 99;
  }
  const mutant = mutants.find((name) => name === values.mutant);
  if (values.mutant !== undefined && mutant === undefined) {
    throw new Error(`--mutant must be one of ${mutants.join(', ')}`);
  }
  await using roles = mutant === undefined ? undefined : await mutantRoles(mutant, load);
  await using cluster = values.cluster ? await startCluster() : undefined;
  const begin = performance.now();
  const result = await runCampaign({
    seed: Number(values.seed),
    rounds: Number(values.rounds),
    first: Number(values.first),
    events: Number(values.events),
    ...(values.kafka === undefined ? {} : { kafka: { brokers: [values.kafka] } }),
    ...(cluster === undefined ? {} : { cluster }),
    ...(roles === undefined ? {} : { createRoles: roles.createGameMetrics }),
    log,
  });
  const found = result.violations.length;
  log(
    `chaos: seed ${values.seed}: ${result.rounds} rounds, ${result.events} events, ` +
      `${result.faults} faults, ${found} violations, ${Math.round((performance.now() - begin) / 1_000)} s`,
  );
  for (const { what } of result.violations.slice(0, 20)) log(`  ${what.slice(0, 300)}`);
  return found === 0 ? 0 : 99;
}

async function startCluster(): Promise<KafkaCluster> {
  const tool = process.env['GAMEMETRICS_TEST_KAFKA_TOOL'];
  if (tool !== undefined) return KafkaCluster.start(tool);
  throw new Error(
    '--cluster requires GAMEMETRICS_TEST_KAFKA_TOOL, a program that starts a cluster',
  );
}
