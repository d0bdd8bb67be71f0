import { availableParallelism } from 'node:os';

import { defineConfig } from 'vitest/config';

/**
 * What consumers do by the clock, and when they are replaced, does not depend on how they reach
 * their stores: minutes that the embedded stack and a plain Kafka are enough for.
 */
const consumersOwn = [
  'test/integration/pipeline/clock.test.ts',
  'test/integration/pipeline/clockBackwards.test.ts',
  'test/integration/pipeline/fencing.test.ts',
  'test/integration/pipeline/rollingRestart.test.ts',
];

/** Builds before anything that starts a process: children run from dist/. */
export default defineConfig({
  test: {
    // A test of processes waits for half of its time: two at once even where there are two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'src/**/*.test.tsx', 'test/faults/**/*.test.ts'],
          disableConsoleIntercept: true,
        },
      },
      {
        test: {
          name: 'integration-embedded',
          include: ['test/integration/**/*.test.ts'],
          exclude: ['test/integration/external/sasl/**'],
          globalSetup: ['test/support/embeddedStack.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          disableConsoleIntercept: true,
        },
      },
      {
        test: {
          name: 'integration-kafka',
          include: ['test/integration/pipeline/**/*.test.ts'],
          globalSetup: ['test/support/kafkaStack.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          disableConsoleIntercept: true,
        },
      },
      {
        test: {
          name: 'chaos',
          include: ['test/chaos/**/*.test.ts'],
          // Minutes of campaigns that have to fail: npm run test:mutants.
          exclude: ['test/chaos/mutants.test.ts'],
          // One stack at a time: each of these runs whole pipelines, and takes them apart.
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 60_000,
          disableConsoleIntercept: true,
        },
      },
      {
        test: {
          name: 'cluster',
          include: ['test/cluster/**/*.test.ts'],
          // One cluster at a time: two that start at once may choose the same ports.
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 120_000,
          disableConsoleIntercept: true,
        },
      },
      {
        test: {
          name: 'integration-docker',
          include: ['test/integration/pipeline/**/*.test.ts'],
          exclude: consumersOwn,
          globalSetup: ['test/support/dockerStack.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          disableConsoleIntercept: true,
        },
      },
      {
        test: {
          name: 'integration-kafka-sasl',
          include: [
            'test/integration/pipeline/**/*.test.ts',
            'test/integration/external/sasl/**/*.test.ts',
          ],
          exclude: consumersOwn,
          globalSetup: ['test/support/kafkaSaslStack.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          disableConsoleIntercept: true,
        },
      },
      {
        test: {
          name: 'mutants',
          include: ['test/chaos/mutants.test.ts'],
          testTimeout: 900_000,
          disableConsoleIntercept: true,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: ['test/e2e/docker*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 60_000,
          disableConsoleIntercept: true,
        },
      },
      {
        test: {
          name: 'e2e-docker',
          include: ['test/e2e/docker*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 60_000,
          disableConsoleIntercept: true,
        },
      },
    ],
  },
});
