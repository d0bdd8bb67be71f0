import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const docker = {
  variable: 'GAMEMETRICS_TEST_DOCKER',
  why: 'GAMEMETRICS_TEST_DOCKER=1 is not set; requires a Docker engine: npm run test:docker',
  provide: startDocker,
};

/** Checks that only read the sources; they run in parallel. Each counts as one test. */
const checks = [
  { name: 'lint', command: ['eslint', '.'] },
  { name: 'format', command: ['prettier', '--check', '--log-level=warn', '.'] },
  { name: 'types', command: ['tsc', '--noEmit'] },
];

/**
 * The vitest projects, which run in turn; each counts as many tests as it reports.
 * `needs` names the variable that a step requires, and how to set it. The Docker steps come
 * last: the engine is started only for them, so that no other step runs on it by accident.
 */
const steps = [
  { name: 'unit', project: 'unit' },
  { name: 'integration on the embedded stack', project: 'integration-embedded' },
  {
    name: 'integration on Apache Kafka',
    project: 'integration-kafka',
    needs: {
      variable: 'GAMEMETRICS_TEST_KAFKA',
      why: 'GAMEMETRICS_TEST_KAFKA=host:port is not set; .ci/run starts a Kafka if it can, which requires Java',
    },
  },
  {
    name: 'integration on Apache Kafka with SASL_SSL',
    project: 'integration-kafka-sasl',
    needs: {
      variable: 'GAMEMETRICS_TEST_KAFKA_SASL',
      why: 'GAMEMETRICS_TEST_KAFKA_SASL=host:port is not set (see test/support/kafkaSaslStack.ts); .ci/run starts a Kafka if it can',
    },
  },
  {
    name: 'chaos',
    project: 'chaos',
    needs: {
      variable: 'GAMEMETRICS_TEST_ROUNDS',
      why: 'GAMEMETRICS_TEST_ROUNDS=N is not set; the campaigns take minutes: npm run test:chaos, or .ci/run',
    },
  },
  {
    name: 'three brokers',
    project: 'cluster',
    needs: {
      variable: 'GAMEMETRICS_TEST_KAFKA_TOOL',
      why: 'GAMEMETRICS_TEST_KAFKA_TOOL=path of a program that starts a cluster is not set (see test/cluster/support/kafkaCluster.ts); requires Java and 20 minutes',
    },
  },
  { name: 'end to end', project: 'e2e' },
  { name: 'integration on the docker stack', project: 'integration-docker', needs: docker },
  { name: 'end to end on Docker', project: 'e2e-docker', needs: docker },
];

/** No step may hang: after this time it is stopped and counts as failed. */
const stepDeadlineMs = 30 * 60_000;

const scratch = mkdtempSync(join(tmpdir(), 'gamemetrics-test-'));
const total = { passed: 0, failed: 0, skipped: 0 };
const remarks = [];

await Promise.all(checks.map(async ({ name, command }) => record(name, () => check(command))));
for (const step of steps) await runStep(step);
rmSync(scratch, { recursive: true });

console.log(['', ...remarks, sum(total)].join('\n'));
process.exitCode = total.failed === 0 ? 0 : 1;

/** @param {{ name: string, project: string, needs?: { variable: string, why: string, provide?: () => void } }} step */
async function runStep({ name, project, needs }) {
  needs?.provide?.();
  if (needs !== undefined && !process.env[needs.variable]) {
    total.skipped += 1;
    remarks.push(`skipped: ${name}: ${needs.why}`);
    return;
  }
  console.log(`\n== ${name}`);
  await record(name, () => runProject(project));
}

/**
 * Starts a Docker engine once, with the tool that GAMEMETRICS_TEST_DOCKER_TOOL names. The caller that sets
 * the variable stops the engine. The tool prints the variables that address the engine.
 */
function startDocker() {
  const tool = process.env.GAMEMETRICS_TEST_DOCKER_TOOL;
  if (!tool || process.env.GAMEMETRICS_TEST_DOCKER) return;
  delete process.env.GAMEMETRICS_TEST_DOCKER_TOOL;
  console.log('\n== starting a Docker engine');
  const { status, stdout } = spawnSync(tool, ['start'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    timeout: stepDeadlineMs,
  });
  if (status !== 0) {
    docker.why = 'the Docker engine did not start';
    return;
  }
  for (const line of stdout.trim().split('\n')) {
    const [name, value] = line.split(/=(.*)/s, 2);
    process.env[name] = value;
  }
  process.env.GAMEMETRICS_TEST_DOCKER = '1';
}

/**
 * Adds the result of a step to the total, and prints the result and the duration.
 * @param {string} name
 * @param {() => Promise<{ passed: number, failed: number, skippedNames: string[], failures?: string[] }>} step
 */
async function record(name, step) {
  const startedAt = Date.now();
  const { passed, failed, skippedNames, failures = [] } = await step();
  total.passed += passed;
  total.failed += failed;
  total.skipped += skippedNames.length;
  for (const skipped of skippedNames) remarks.push(`skipped: ${name}: ${skipped}`);
  if (failed > 0) remarks.push([`failed: ${name}`, ...failures].join('\n  '));
  const result = sum({ passed, failed, skipped: skippedNames.length });
  console.log(`${name}: ${result} in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

/** @param {string[]} command */
async function check(command) {
  const ok = await run(command);
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skippedNames: [] };
}

/**
 * Runs a vitest project. A run that fails without a failed test (an import that
 * fails, a set-up that throws) counts as one failure, so that it does not look like a success.
 * @param {string} project
 */
async function runProject(project) {
  const report = join(scratch, `${project}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const ok = await run(['vitest', 'run', '--project', project, ...reporters]);
  const results = readReport(report);
  const skipped = results.filter((test) => ['pending', 'skipped', 'todo'].includes(test.status));
  const failed = results.filter((test) => test.status === 'failed');
  return {
    passed: results.filter((test) => test.status === 'passed').length,
    failed: failed.length === 0 && !ok ? 1 : failed.length,
    skippedNames: skipped.map((test) => test.fullName),
    failures: failed.map(({ fullName, failureMessages }) => {
      const [message = ''] = (failureMessages[0] ?? '').split('\n', 1);
      return `${fullName}: ${message}`;
    }),
  };
}

/** @param {string} path */
function readReport(path) {
  try {
    const { testResults } = JSON.parse(readFileSync(path, 'utf8'));
    return testResults.flatMap((file) => file.assertionResults);
  } catch (error) {
    console.log(`cannot read the test report: ${error.message}`);
    return [];
  }
}

/**
 * @param {string[]} command a package's binary and its arguments
 * @returns {Promise<boolean>} whether it succeeded in time
 */
async function run([binary, ...args]) {
  const child = spawn(join('node_modules', '.bin', binary), args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: stepDeadlineMs,
  });
  return new Promise((resolve) => {
    child.once('error', (error) => {
      console.log(`${binary}: ${error.message}`);
      resolve(false);
    });
    child.once('exit', (code, signal) => {
      if (signal !== null) console.log(`${binary}: terminated by ${signal}`);
      resolve(code === 0);
    });
  });
}

function sum({ passed, failed, skipped }) {
  const rest = skipped === 0 ? '' : `, ${skipped} skipped`;
  return `${passed} passed, ${failed} failed${rest}`;
}
