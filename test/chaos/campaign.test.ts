import { describe, expect, it } from 'vitest';

import { runCampaign } from './campaign.js';

const kafka = process.env['GAMEMETRICS_TEST_KAFKA'];
const noKafka = kafka === undefined ? 'no GAMEMETRICS_TEST_KAFKA=host:port' : undefined;

/** A few by default, to keep the test run short; .ci/run has time for more. */
const rounds = Number(process.env['GAMEMETRICS_TEST_ROUNDS'] ?? 3);
/** Long enough for a slow or busy machine; a round takes 10 to 20 s. */
const timeout = 60_000 * (rounds + 1);
const kafkaRounds = Math.ceil(rounds / 2);

/**
 * The whole campaign is `npm run chaos -- --rounds 100`. This part of it runs in every test run,
 * concurrently, since a round mostly waits.
 */
describe.concurrent('no event is lost or counted twice under any fault', { timeout }, () => {
  it.each([6, 7])(`on the embedded stack: ${rounds} rounds of seed %i`, async (seed) => {
    const result = await runCampaign({ seed, rounds, log: logOf(`seed ${seed}`) });
    expect(result.violations).toEqual([]);
    expect(result.rounds).toBe(rounds);
    expect(result.faults).toBeGreaterThanOrEqual(5 * rounds);
  });

  it.skipIf(kafka === undefined)(
    `on Apache Kafka: ${kafkaRounds} rounds${noKafka === undefined ? '' : ` (skipped: ${noKafka})`}`,
    async () => {
      const result = await runCampaign({
        seed: 8,
        rounds: kafkaRounds,
        kafka: { brokers: [kafka ?? ''] },
        log: logOf('on Kafka'),
      });
      expect(result.violations).toEqual([]);
      expect(result.rounds).toBe(kafkaRounds);
    },
  );
});

function logOf(name: string): (line: string) => void {
  return (line) => process.stdout.write(`${name}: ${line}\n`);
}
