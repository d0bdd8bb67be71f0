import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { CliFolder } from '../support/cli.js';

// Nothing listens on these ports, so the error shows which stack an instance was configured with.
const nowhere = {
  GAMEMETRICS_STACK: '',
  DOCKER_HOST: 'tcp://127.0.0.1:1',
  KAFKA_BOOTSTRAP_SERVERS: '127.0.0.1:1',
};
const noDocker = 'no Docker engine runs at tcp://127.0.0.1:1';
const noKafka = 'cannot reach Kafka at 127.0.0.1:1';

function configure(folder: CliFolder, ...lines: string[]): void {
  writeFileSync(join(folder.path, 'gamemetrics.yaml'), lines.join('\n'));
}

it('a flag overrides its variable, which overrides the config file, which overrides the default', async () => {
  await using folder = new CliFolder(nowhere);
  expect((await folder.run('up')).stderr).toContain(noKafka);
  configure(folder, 'stack: docker');
  const up = await folder.run('up');
  expect(up).toMatchObject({ code: 18 });
  expect(up.stderr).toContain(noDocker);
  const external = { env: { GAMEMETRICS_STACK: 'external' } };
  expect((await folder.runWith(external, 'up')).stderr).toContain(noKafka);
  expect((await folder.runWith(external, 'up', '--stack=docker')).stderr).toContain(noDocker);
});

it('an invalid config file ends every command with the line and field of the error', async () => {
  await using folder = new CliFolder(nowhere);
  configure(folder, 'stack: embedded', 'postgers-image: postgres:17');
  const problem = 'gamemetrics.yaml:2: postgers-image: is not a field';
  const status = await folder.run('status');
  expect(status).toMatchObject({ code: 2, stdout: '' });
  expect(status.stderr).toContain(`error: ${problem}\n`);
  const { code, stdout } = await folder.run('up', '--json');
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ error: { message: problem, exit: 'usage' } });
});

it('a config file that cannot be read ends every command with the reason', async () => {
  await using folder = new CliFolder(nowhere);
  mkdirSync(join(folder.path, 'gamemetrics.yaml'));
  const { code, stderr } = await folder.run('status');
  expect(code).toBe(2);
  expect(stderr).toMatch(/^error: cannot read .*gamemetrics\.yaml: EISDIR/);
});
