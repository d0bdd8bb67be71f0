import { spawnSync } from 'node:child_process';

const missing =
  process.env['GAMEMETRICS_TEST_DOCKER'] === '1'
    ? undefined
    : 'GAMEMETRICS_TEST_DOCKER=1 does not say that there is a Docker engine to test with';

/** Why the tests that need a Docker engine cannot run; undefined if they can. */
export function missingDocker(): string | undefined {
  return missing;
}

/** The output lines of `docker ARGS...`. */
export function docker(...args: string[]): string[] {
  const { status, stdout, stderr, error } = spawnSync('docker', args, { encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`docker ${args.join(' ')}: ${stderr}`);
  return stdout.split('\n').filter((line) => line !== '');
}

/**
 * All containers, volumes and networks with a label.
 * @returns such as `container abc`, sorted
 */
export function inDocker(label: string): string[] {
  const filter = ['--filter', `label=${label}`];
  return [
    ...docker('ps', '--all', '--quiet', ...filter).map((id) => `container ${id}`),
    ...docker('volume', 'ls', '--quiet', ...filter).map((id) => `volume ${id}`),
    ...docker('network', 'ls', '--quiet', ...filter).map((id) => `network ${id}`),
  ].sort();
}
