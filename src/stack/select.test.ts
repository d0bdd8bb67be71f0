import { describe, expect, it } from 'vitest';

import { describeProgress } from './instance/progress.js';
import { selectStack, type Circumstances, type StackChoice } from './select.js';

const noDocker: Circumstances = {
  lastUsed: undefined,
  findDockerProblem: () => Promise.resolve('there is no Docker engine here'),
};
const docker: Circumstances = {
  lastUsed: undefined,
  findDockerProblem: () => Promise.resolve(undefined),
};

async function firstLine(
  choice: StackChoice,
  env: Record<string, string>,
  circumstances: Circumstances,
): Promise<string> {
  const selection = await selectStack(choice, env, circumstances);
  return describeProgress({ type: 'stack', ...selection });
}

describe('selectStack', () => {
  it('is docker if an engine answers, else embedded with the reason', async () => {
    const env = { KAFKA_BOOTSTRAP_SERVERS: '', DB_PORT: '5432' };
    expect(await firstLine('auto', env, docker)).toBe('stack: docker (a Docker engine answers)');
    expect(await firstLine('auto', env, noDocker)).toBe(
      'stack: embedded (there is no Docker engine here)',
    );
  });

  it('is external if one of its variables is set, and names the variable', async () => {
    const env = { REDIS_URL: 'redis://127.0.0.1' };
    expect(await firstLine('auto', env, docker)).toBe('stack: external (REDIS_URL is set)');
  });

  it('stays on the stack that holds the data of the instance', async () => {
    expect(await firstLine('auto', {}, { ...docker, lastUsed: 'embedded' })).toBe(
      'stack: embedded (its data is on this stack)',
    );
    expect(await firstLine('auto', {}, { ...docker, lastUsed: 'external' })).toMatch(/: docker /);
    expect(await firstLine('auto', {}, { ...noDocker, lastUsed: 'docker' })).toMatch(
      /^stack: embedded \(there is no Docker engine here; earlier data of this instance stays in Docker's/,
    );
  });

  it('is the choice of the user, whatever is set, and does not check Docker', async () => {
    const asked = new Error('asked');
    const circumstances = { ...docker, findDockerProblem: () => Promise.reject(asked) };
    const kindOf = async (choice: StackChoice) =>
      (await selectStack(choice, { DB_HOST: '127.0.0.1' }, circumstances)).kind;
    expect(await kindOf('embedded')).toBe('embedded');
    expect(await kindOf('docker')).toBe('docker');
    expect(await kindOf('external')).toBe('external');
  });
});
