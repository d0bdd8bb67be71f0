import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it, onTestFinished } from 'vitest';

import { clearKilledServer } from '../../../src/stack/embedded/postgresLeftovers.js';
import { testHome } from './support/instances.js';

it.runIf(process.platform === 'linux')(
  'the lock of a killed PostgreSQL is removed if its pid now belongs to a server of other data',
  async () => {
    const home = testHome();
    const [data, others] = [join(home, 'data'), join(home, 'others')];
    for (const directory of [data, others]) mkdirSync(directory);
    // Looks like PostgreSQL to a check of the program's name.
    const program = join(home, 'postgres');
    copyFileSync(process.execPath, program);
    const server = spawn(program, ['-e', 'setInterval(() => undefined, 60_000)'], { cwd: others });
    onTestFinished(() => void server.kill('SIGKILL'));
    await once(server, 'spawn');
    const lock = join(data, 'postmaster.pid');
    writeFileSync(lock, `${String(server.pid)}\n`);
    clearKilledServer(data);
    expect(existsSync(lock)).toBe(false);
  },
);
