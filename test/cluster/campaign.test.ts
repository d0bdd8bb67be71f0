import { expect, it } from 'vitest';

import { runCampaign } from '../chaos/campaign.js';
import { clusterTool, skipNote } from './support/clusterTool.js';
import { KafkaCluster } from './support/kafkaCluster.js';

const rounds = 2;

/** More of it is `npm run chaos -- --cluster --rounds 20`. */
it.skipIf(clusterTool === '')(
  `nothing is lost and nothing counts twice while brokers fail beside all else: ${rounds} rounds${skipNote}`,
  async () => {
    await using cluster = await KafkaCluster.start(clusterTool);
    const log = (line: string): void => void process.stdout.write(`on three brokers: ${line}\n`);
    const result = await runCampaign({ seed: 9, rounds, cluster, log });
    expect(result.violations).toEqual([]);
    expect(result.rounds).toBe(rounds);
  },
);
