import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { resourceName } from '../../src/stack/docker/resources.js';
import { packageFile } from '../../src/util/paths.js';
import { CliFolder, parseExports } from '../support/cli.js';
import { docker, inDocker, missingDocker } from '../support/docker.js';
import { testLevelUp } from '../support/levelUp.js';
import { until } from '../support/until.js';

const describeDocker = describe.skipIf(missingDocker() !== undefined);
const { DOCKER_HOST } = process.env;
const commandEnv = DOCKER_HOST === undefined ? {} : { DOCKER_HOST };
const dockerEnv = { ...commandEnv, GAMEMETRICS_STACK: 'docker' };
const startMs = 150_000;

/** The Docker objects of an instance in this folder. */
const ofInstance = (folder: CliFolder, name = 'default') =>
  inDocker(`gamemetrics.directory=${join(folder.path, '.gamemetrics', name)}`);

const containers = (found: string[]) => found.filter((what) => what.startsWith('container'));

async function supervisorOf(folder: CliFolder): Promise<number> {
  const { stdout } = await folder.run('status', '--json');
  return (JSON.parse(stdout) as { supervisor: { pid: number } }).supervisor.pid;
}

describeDocker('a player levels up on the docker stack', () => testLevelUp('docker', commandEnv));

describeDocker('an instance in containers', () => {
  const folder = new CliFolder(dockerEnv);
  /** Every volume that its containers have had, including anonymous volumes of their images. */
  const volumes = new Set<string>();
  let printed: string;

  const noteVolumes = () => {
    for (const container of containers(ofInstance(folder))) {
      const format = '{{range .Mounts}}{{println .Name}}{{end}}';
      const id = container.replace('container ', '');
      for (const volume of docker('inspect', '--format', format, id)) volumes.add(volume);
    }
  };

  beforeAll(async () => {
    const up = await folder.run('up', '--detach');
    expect(up).toMatchObject({ code: 0 });
    printed = up.stdout;
    noteVolumes();
  }, startMs);
  afterAll(async () => {
    await folder[Symbol.asyncDispose]();
  });

  it('listens only on loopback and labels its containers, volumes and networks', () => {
    const found = ofInstance(folder);
    expect(containers(found)).toHaveLength(3);
    const own = `label=gamemetrics.directory=${join(folder.path, '.gamemetrics', 'default')}`;
    const ports = docker('ps', '--format', '{{.Ports}}', '--filter', own)
      .flatMap((line) => line.split(', '))
      .filter((port) => port.includes('->'));
    expect(ports).toHaveLength(3);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    for (const container of containers(found)) {
      const format = '{{range $name, $_ := .NetworkSettings.Networks}}{{println $name}}{{end}}';
      const id = container.replace('container ', '');
      expect(docker('inspect', '--format', format, id)).toEqual(['bridge']);
    }
  });

  it('prints commands that work as printed', () => {
    const lines = printed.split('\n').filter((line) => line.startsWith('  '));
    const programs = lines.map((line) => line.trim().split(' ')[0]);
    expect(programs).toEqual(['curl', 'psql', 'redis-cli', 'kcat']);
    for (const [index, line] of lines.entries()) {
      const program = programs[index] ?? '';
      if (spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0) continue;
      const { status, stdout, stderr } = spawnSync('sh', ['-c', line], { encoding: 'utf8' });
      expect({ line, status, stderr }).toMatchObject({ status: 0 });
      expect(stdout).not.toBe('');
    }
  });

  it(
    'keeps its data and its ports after down and up',
    async () => {
      await folder.run('load', '--count=50', '--rate=0');
      const addresses = parseExports((await folder.run('status', '--env')).stdout);
      expect(await folder.run('down')).toMatchObject({ code: 0 });
      expect(containers(ofInstance(folder))).toEqual([]);
      expect(ofInstance(folder)).toHaveLength(3);
      expect(await folder.run('up', '--detach')).toMatchObject({ code: 0 });
      expect(parseExports((await folder.run('status', '--env')).stdout)).toEqual(addresses);
      const verify = await folder.run('verify');
      expect(verify).toMatchObject({ code: 0 });
      expect(verify.stdout).toMatch(/ 5[01] events/);
    },
    startMs,
  );

  it(
    'restarts a container that was killed',
    async () => {
      const own = `label=gamemetrics.directory=${join(folder.path, '.gamemetrics', 'default')}`;
      const [redis = ''] = docker(
        ...['ps', '--quiet', '--filter', own],
        ...['--filter', 'label=gamemetrics.server=redis'],
      );
      docker('kill', redis);
      await until(async () => {
        const { stdout } = await folder.run('status', '--json');
        const { processes } = JSON.parse(stdout) as {
          processes: { name: string; state: string; restarts: number }[];
        };
        const server = processes.find(({ name }) => name === 'redis');
        return server?.restarts === 1 && server.state === 'ready';
      });
      expect(await folder.run('verify')).toMatchObject({ code: 0 });
    },
    startMs,
  );

  it(
    'removes its containers when its supervisor is killed',
    async () => {
      noteVolumes();
      process.kill(await supervisorOf(folder), 'SIGKILL');
      await until(() => containers(ofInstance(folder)).length === 0, 60_000);
      expect(await folder.run('status')).toMatchObject({ code: 7 });
    },
    startMs,
  );

  it('has no container, volume or network after a wipe', async () => {
    expect(await folder.run('down', '--wipe')).toMatchObject({ code: 0 });
    expect(ofInstance(folder)).toEqual([]);
    expect(volumes.size).toBeGreaterThanOrEqual(3);
    const left = docker('volume', 'ls', '--quiet').filter((volume) => volumes.has(volume));
    expect(left).toEqual([]);
  });
});

describeDocker('an instance whose CLI is killed in the middle of its start', () => {
  it(
    'leaves no orphaned containers',
    async () => {
      await using folder = new CliFolder(dockerEnv);
      const { PATH, HOME } = process.env;
      const up = spawn(process.execPath, [packageFile('bin/run.js'), 'up'], {
        cwd: folder.path,
        env: { PATH, HOME, ...dockerEnv },
        stdio: 'ignore',
      });
      await until(() => containers(ofInstance(folder)).length > 0);
      up.kill('SIGKILL');
      // Keepers may still be creating their containers; each one removes its own.
      const state = join(folder.path, '.gamemetrics', 'default', 'instance.json');
      const keepers = (
        JSON.parse(readFileSync(state, 'utf8')) as { processes: { pid?: number }[] }
      ).processes.flatMap(({ pid }) => pid ?? []);
      expect(keepers.length).toBeGreaterThan(0);
      await until(() => keepers.every((pid) => !existsSync(`/proc/${pid}`)), 60_000);
      expect(containers(ofInstance(folder))).toEqual([]);
      expect(await folder.run('down', '--wipe')).toMatchObject({ code: 0 });
      expect(ofInstance(folder)).toEqual([]);
    },
    startMs,
  );
});

describeDocker('an instance with --reuse', () => {
  it(
    'keeps its containers for the next start, after which down removes them',
    async () => {
      await using folder = new CliFolder({ ...dockerEnv, GAMEMETRICS_REUSE: 'true' });
      expect(await folder.run('up', '--detach')).toMatchObject({ code: 0 });
      const first = ofInstance(folder);
      expect(await folder.run('down')).toMatchObject({ code: 0 });
      expect(ofInstance(folder)).toEqual(first);
      expect(await folder.run('up', '--detach')).toMatchObject({ code: 0 });
      expect(ofInstance(folder)).toEqual(first);
      expect(await folder.run('verify')).toMatchObject({ code: 0 });
      expect(await folder.run('down')).toMatchObject({ code: 0 });
      expect(await folder.run('down')).toMatchObject({ code: 0 });
      expect(containers(ofInstance(folder))).toEqual([]);
    },
    startMs,
  );
});

describe('a Docker engine that is not there', () => {
  it.each([
    ['tcp://127.0.0.1:1', 'no Docker engine runs at tcp://127.0.0.1:1'],
    ['unix:///nowhere.sock', 'there is no Docker engine at unix:///nowhere.sock'],
  ])('%s is reported with a fix', async (DOCKER_HOST, message) => {
    await using folder = new CliFolder({ DOCKER_HOST });
    const { code, stderr } = await folder.run('up', '--stack=docker');
    expect(code).toBe(18);
    expect(stderr).toContain(`error: ${message}\n`);
    expect(stderr).toContain('--stack embedded');
  });

  it('makes auto use the embedded stack and report it in one line', async () => {
    await using folder = new CliFolder({
      GAMEMETRICS_STACK: 'auto',
      DOCKER_HOST: 'tcp://127.0.0.1:1',
    });
    const up = await folder.run('up', '--detach');
    expect(up).toMatchObject({ code: 0 });
    expect(up.stdout).toMatch(/^stack: embedded \(no Docker engine runs at tcp:.*\)\n/);
  });
});

describeDocker('a volume that is full', () => {
  it('ends the start with a fix and leaves no container', async () => {
    await using folder = new CliFolder(dockerEnv);
    const directory = join(folder.path, '.gamemetrics', 'default');
    // As if the server had used the volume before, so that it does not initialize it.
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(join(directory, 'postgres.volume'), '');
    const owner = { directory, instance: 'default', ephemeral: false };
    docker(
      ...['volume', 'create', '--label', `gamemetrics.directory=${directory}`],
      ...['--opt', 'type=tmpfs', '--opt', 'device=tmpfs', '--opt', 'o=size=8m'],
      resourceName(owner, 'postgres'),
    );
    const { code, stderr } = await folder.run('up');
    expect(code).toBe(18);
    expect(stderr).toContain('No space left on device');
    expect(stderr).toContain('\nThe disk of the Docker engine is full: see "docker system df"');
    expect(containers(ofInstance(folder))).toEqual([]);
  });
});

describeDocker('an image that cannot be pulled', () => {
  const missing = { GAMEMETRICS_REDIS_IMAGE: 'gamemetrics.invalid/redis:1' };

  it('ends the start with a fix and leaves no container', async () => {
    await using folder = new CliFolder(dockerEnv);
    // Configured as in a project; see configuration.md.
    const config = join(folder.path, 'gamemetrics.yaml');
    writeFileSync(config, 'redis-image: gamemetrics.invalid/redis:1\n');
    const { code, stderr } = await folder.run('up');
    expect(code).toBe(18);
    expect(stderr).toMatch(/^error: the image gamemetrics.invalid\/redis:1 cannot be pulled: .+/);
    expect(stderr).toContain('docker pull gamemetrics.invalid/redis:1');
    expect(containers(ofInstance(folder))).toEqual([]);
  });

  it('makes auto use the embedded stack and report the reason', async () => {
    await using folder = new CliFolder({ ...dockerEnv, ...missing, GAMEMETRICS_STACK: 'auto' });
    const up = await folder.run('up', '--detach');
    expect(up).toMatchObject({ code: 0 });
    expect(up.stdout).toMatch(/stack: embedded \(the image gamemetrics.invalid\/redis:1 cannot/);
  });
});
