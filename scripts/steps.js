import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const docker = {
  variable: 'GAMEMETRICS_TEST_DOCKER',
  why: 'no GAMEMETRICS_TEST_DOCKER=1; it takes a Docker engine: npm run test:docker',
  provide: startDocker,
};

/**
 * The project's checks. A check counts as one test; a vitest project as many as it reports.
 * `needs` names the variable without which a step cannot run, and what sets it. Those on Docker come
 * last: its engine is started for them alone, so that nothing else may run on it by accident.
 */
const steps = [
  { name: 'lint', command: ['eslint', '.'] },
  { name: 'format', command: ['prettier', '--check', '--log-level=warn', '.'] },
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'unit', project: 'unit' },
  { name: 'integration on the embedded stack', project: 'integration-embedded' },
  {
    name: 'integration on Apache Kafka',
    project: 'integration-kafka',
    needs: {
      variable: 'GAMEMETRICS_TEST_KAFKA',
      why: 'no GAMEMETRICS_TEST_KAFKA=host:port; it takes Java, and .ci/run starts one where it can',
    },
  },
  {
    name: 'integration on Apache Kafka with SASL_SSL',
    project: 'integration-kafka-sasl',
    needs: {
      variable: 'GAMEMETRICS_TEST_KAFKA_SASL',
      why: 'no GAMEMETRICS_TEST_KAFKA_SASL=host:port (see test/support/kafkaSaslStack.ts); .ci/run starts one where it can',
    },
  },
  {
    name: 'chaos',
    project: 'chaos',
    needs: {
      variable: 'GAMEMETRICS_TEST_ROUNDS',
      why: 'no GAMEMETRICS_TEST_ROUNDS=N; its campaigns take minutes: npm run test:chaos, or .ci/run',
    },
  },
  { name: 'end to end', project: 'e2e' },
  { name: 'integration on the docker stack', project: 'integration-docker', needs: docker },
  { name: 'end to end on Docker', project: 'e2e-docker', needs: docker },
  { name: 'the image', project: 'image', needs: docker },
];

/** No step may hang: past this it is stopped and counts as failed. */
const stepDeadlineMs = 15 * 60_000;

const scratch = mkdtempSync(join(tmpdir(), 'gamemetrics-test-'));
const total = { passed: 0, failed: 0, skipped: 0 };
const remarks = [];

for (const step of steps) {
  step.needs?.provide?.();
  if (step.needs !== undefined && !process.env[step.needs.variable]) {
    total.skipped += 1;
    remarks.push(`skipped: ${step.name}: ${step.needs.why}`);
    continue;
  }
  console.log(`\n== ${step.name}`);
  const startedAt = Date.now();
  const result = step.project === undefined ? check(step.command) : runProject(step.project);
  total.passed += result.passed;
  total.failed += result.failed;
  total.skipped += result.skipped;
  for (const name of result.skippedNames) remarks.push(`skipped: ${step.name}: ${name}`);
  if (result.failed > 0) remarks.push(`failed: ${step.name}`);
  console.log(`${sum(result)} in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}
rmSync(scratch, { recursive: true });

console.log(['', ...remarks, sum(total)].join('\n'));
process.exitCode = total.failed === 0 ? 0 : 1;

/**
 * Starts a Docker engine by the tool that GAMEMETRICS_TEST_DOCKER_TOOL names, once; whoever names it
 * stops it. It prints the variables by which the engine is reached.
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

/** @param {string[]} command */
function check(command) {
  const ok = run(command).status === 0;
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0, skippedNames: [] };
}

/**
 * Runs a vitest project. A run that ends badly for another reason than a test (an import that
 * fails, a set-up that throws) counts as one failure: it must not look like success.
 * @param {string} project
 */
function runProject(project) {
  const report = join(scratch, `${project}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { status } = run(['vitest', 'run', '--project', project, ...reporters]);
  const results = readReport(report);
  const skipped = results.filter((test) => ['pending', 'skipped', 'todo'].includes(test.status));
  const failed = results.filter((test) => test.status === 'failed').length;
  return {
    passed: results.filter((test) => test.status === 'passed').length,
    failed: failed === 0 && status !== 0 ? 1 : failed,
    skipped: skipped.length,
    skippedNames: skipped.map((test) => test.fullName),
  };
}

/** @param {string} path */
function readReport(path) {
  try {
    const { testResults } = JSON.parse(readFileSync(path, 'utf8'));
    return testResults.flatMap((file) => file.assertionResults);
  } catch (error) {
    console.log(`no report of the tests: ${error.message}`);
    return [];
  }
}

/** @param {string[]} command a package's binary and its arguments */
function run([binary, ...args]) {
  const path = join('node_modules', '.bin', binary);
  const result = spawnSync(path, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: stepDeadlineMs,
  });
  if (result.error !== undefined) console.log(`${binary}: ${result.error.message}`);
  return result;
}

function sum({ passed, failed, skipped }) {
  const rest = skipped === 0 ? '' : `, ${skipped} skipped`;
  return `${passed} passed, ${failed} failed${rest}`;
}
