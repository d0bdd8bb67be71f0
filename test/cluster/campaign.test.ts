import { expect, it } from 'vitest';

import { runCampaign } from '../chaos/campaign.js';
import { clusterTool, skipNote } from './support/clusterTool.js';
import { KafkaCluster } from './support/kafkaCluster.js';

const rounds = 2;

/** `npm run chaos -- --cluster --rounds 20` runs more rounds. */
it.skipIf(clusterTool === '')(
  `no event is lost or counted twice while brokers and other parts fail: ${rounds} rounds${skipNote}`,
  async () => {
    await using cluster = await KafkaCluster.start(clusterTool);
    const log = (line: string): void => void process.stdout.write(`on three brokers: ${line}\n`);
    const result = await runCampaign({ seed: 9, rounds, cluster, log });
    expect(result.violations).toEqual([]);
    expect(result.rounds).toBe(rounds);
  },
);
