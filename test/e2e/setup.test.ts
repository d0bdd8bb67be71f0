import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** The system tools that scripts/setup uses; nothing else is on its PATH. */
const tools = [
  'sh',
  'dirname',
  'mktemp',
  'cat',
  'rm',
  'touch',
  'find',
  'head',
  'env',
  'tee',
  'chmod',
];

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gamemetrics-setup-'));
  for (const folder of ['bin', 'checkout', 'checkout/scripts', 'checkout/src']) {
    mkdirSync(join(root, folder));
  }
  copyFileSync('scripts/setup', join(root, 'checkout/scripts/setup'));
  for (const file of [
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
  ]) {
    writeFileSync(join(root, 'checkout', file), '{}');
  }
  for (const tool of tools) symlinkSync(pathOf(tool), join(root, 'bin', tool));
  symlinkSync(process.execPath, join(root, 'bin/node'));
  command('id', 'echo 0');
  command('redis-server', 'exit 0');
  command(
    'npm',
    `echo "npm $*" >> "${root}/calls"
case "$*" in
  ci*) mkdir -p node_modules && touch node_modules/.package-lock.json ;;
  *build*) mkdir -p dist && touch oclif.manifest.json ;;
esac`,
  );
  symlinkSync(pathOf('mkdir'), join(root, 'bin/mkdir'));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function pathOf(tool: string): string {
  return spawnSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).stdout.trim();
}

/** Adds a command to the PATH of the setup. */
function command(name: string, script: string): void {
  const path = join(root, 'bin', name);
  rmSync(path, { force: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}

function setup() {
  const env = { PATH: join(root, 'bin') };
  const options = { env, encoding: 'utf8', cwd: root } as const;
  return spawnSync(join(root, 'checkout/scripts/setup'), options);
}

function calls(): string[] {
  const log = join(root, 'calls');
  return existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
}

const install = 'npm ci --include=dev --no-progress';
const build = 'npm run --silent build';

describe('set-up of a checkout', () => {
  it('installs and builds missing parts once', () => {
    expect(setup().status).toBe(0);
    expect(calls()).toEqual([install, build]);
    const again = setup();
    expect(again).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(calls()).toEqual([install, build]);
  });

  it.each([
    ['package-lock.json', [install]],
    ['tsconfig.json', [build]],
    ['src', [build]],
  ])('repeats the steps that a newer %s requires', (path, expected) => {
    setup();
    rmSync(join(root, 'calls'));
    const soon = new Date(Date.now() + 60_000);
    utimesSync(join(root, 'checkout', path), soon, soon);
    expect(setup().status).toBe(0);
    expect(calls()).toEqual(expected);
  });

  it('prints why an installation failed', () => {
    command('npm', 'echo "npm: the registry is away"; exit 1');
    const { status, stderr } = setup();
    expect(status).toBe(1);
    expect(stderr).toContain('npm: the registry is away');
    expect(stderr).toContain('setup: error: npm ci failed');
  });

  it('reports the Node.js version that it requires', () => {
    command('node', 'case "$1" in --version) echo v18.20.0 ;; *) exit 1 ;; esac');
    const { status, stderr } = setup();
    expect(status).toBe(1);
    expect(stderr).toContain('Node.js v18.20.0 is too old\n       Install Node.js 20.20 or newer');
    expect(calls()).toEqual([]);
  });
});

describe('a machine without a Redis server', () => {
  beforeEach(() => {
    rmSync(join(root, 'bin/redis-server'));
  });

  it('installs one with its package manager, as root', () => {
    command('apk', `echo "apk $*" >> "${root}/calls"; cp "$0" "${root}/bin/redis-server"`);
    symlinkSync(pathOf('cp'), join(root, 'bin/cp'));
    expect(setup()).toMatchObject({ status: 0 });
    expect(calls()).toEqual(['apk add --quiet redis', install, build]);
  });

  it('gets the command to run if the installation needs a password', () => {
    command('id', 'echo 1000');
    command('dnf', 'exit 1');
    const { status, stderr } = setup();
    expect(status).toBe(1);
    expect(stderr).toContain('Run: sudo dnf install redis\n');
    expect(calls()).toEqual([]);
  });

  it('gets the command to run if the package manager fails', () => {
    command('pacman', 'echo "no network"; exit 1');
    const { status, stderr } = setup();
    expect(status).toBe(1);
    expect(stderr).toContain('no network');
    expect(stderr).toContain('Run: sudo pacman -S valkey\n');
  });
});
