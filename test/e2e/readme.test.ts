import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** The shell blocks of the README, in order. */
const blocks = [...readFileSync('README.md', 'utf8').matchAll(/^```sh\n(.*?)^```$/gms)].map(
  ([, script]) => script ?? '',
);

/** The commands that run this test, which cannot run them again. */
const runsThis = 'npm test\n';

let home: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'gamemetrics-readme-'));
});

afterAll(async () => {
  await shell('npx gamemetrics down --wipe');
  rmSync(home, { recursive: true });
});

/** Set explicitly, since the default stack would differ on a machine with a Docker engine. */
const named = { GAMEMETRICS_STACK: 'embedded', GAMEMETRICS_NAME: 'readme' };

/** Runs a script in the checkout, as a reader would, but with a temporary instance folder. */
async function shell(script: string): Promise<{ code: number | null; output: string }> {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    env: { ...process.env, ...named, GAMEMETRICS_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('exit', resolve);
  });
  return { code, output };
}

describe('the commands of the README', () => {
  it('exist', () => {
    expect(blocks.length).toBeGreaterThan(8);
    expect(blocks).toContain(runsThis);
  });

  it.each(blocks.filter((block) => block !== runsThis))('work: %s', async (block) => {
    const { code, output } = await shell(block);
    expect(code, output).toBe(0);
    expect(output).not.toBe('');
  });
});
