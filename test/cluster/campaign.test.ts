import { expect, it } from 'vitest';

import { runCampaign } from '../chaos/campaign.js';
import { KafkaCluster } from './support/kafkaCluster.js';

const tool = process.env['GAMEMETRICS_TEST_KAFKA_TOOL'];
const why = tool === undefined ? ' (skipped: no GAMEMETRICS_TEST_KAFKA_TOOL)' : '';
const rounds = 2;

/** More of it is `npm run chaos -- --cluster --rounds 20`. */
it.skipIf(tool === undefined)(
  `nothing is lost and nothing counts twice while brokers fail beside all else: ${rounds} rounds${why}`,
  async () => {
    await using cluster = await KafkaCluster.start(tool ?? '');
    const log = (line: string): void => void process.stdout.write(`on three brokers: ${line}\n`);
    const result = await runCampaign({ seed: 9, rounds, cluster, log });
    expect(result.violations).toEqual([]);
    expect(result.rounds).toBe(rounds);
  },
);
