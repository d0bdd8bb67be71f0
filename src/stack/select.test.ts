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
  it('is docker where an engine answers, else embedded with the reason', async () => {
    const env = { KAFKA_BOOTSTRAP_SERVERS: '', DB_PORT: '5432' };
    expect(await firstLine('auto', env, docker)).toBe('stack: docker (a Docker engine answers)');
    expect(await firstLine('auto', env, noDocker)).toBe(
      'stack: embedded (there is no Docker engine here)',
    );
  });

  it('is external where one of its variables is set, and names it', async () => {
    const env = { REDIS_URL: 'redis://127.0.0.1' };
    expect(await firstLine('auto', env, docker)).toBe('stack: external (REDIS_URL is set)');
  });

  it('stays where the data of the instance is', async () => {
    expect(await firstLine('auto', {}, { ...docker, lastUsed: 'embedded' })).toBe(
      'stack: embedded (as before: its data is here)',
    );
    expect(await firstLine('auto', {}, { ...docker, lastUsed: 'external' })).toMatch(/: docker /);
    expect(await firstLine('auto', {}, { ...noDocker, lastUsed: 'docker' })).toMatch(
      /^stack: embedded \(there is no Docker engine here; what this instance stored is in Docker's/,
    );
  });

  it('is what the user says, whatever is set, and asks nobody', async () => {
    const asked = new Error('asked');
    const circumstances = { ...docker, findDockerProblem: () => Promise.reject(asked) };
    const kindOf = async (choice: StackChoice) =>
      (await selectStack(choice, { DB_HOST: '127.0.0.1' }, circumstances)).kind;
    expect(await kindOf('embedded')).toBe('embedded');
    expect(await kindOf('docker')).toBe('docker');
    expect(await kindOf('external')).toBe('external');
  });
});
