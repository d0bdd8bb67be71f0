import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { Failure } from '../util/failure.js';
import { apiKeysFromEnvironment, exposureWarning } from './apiKeys.js';

const [first, second] = ['first-key-0123456789', 'second-key-012345678'];

function fileOf(text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'gamemetrics-keys-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'keys');
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

describe('API keys', () => {
  it('are read from a variable or a file, and may be none', () => {
    expect(apiKeysFromEnvironment({})).toEqual([]);
    expect(apiKeysFromEnvironment({ GAMEMETRICS_API_KEYS: '' })).toEqual([]);
    expect(apiKeysFromEnvironment({ GAMEMETRICS_API_KEYS: first })).toEqual([first]);
    const list = `${first}, ${second}`;
    expect(apiKeysFromEnvironment({ GAMEMETRICS_API_KEYS: list })).toEqual([first, second]);
    const file = fileOf(`# of 2026\n${first}\n\n${second}\r\n`);
    expect(apiKeysFromEnvironment({ GAMEMETRICS_API_KEYS_FILE: file })).toEqual([first, second]);
  });

  it.each([
    { GAMEMETRICS_API_KEYS: 'short' },
    { GAMEMETRICS_API_KEYS: `${first},` },
    { GAMEMETRICS_API_KEYS: `${first},sécret-key-0123456789` },
    { GAMEMETRICS_API_KEYS: 'with a space 0123456789' },
    { GAMEMETRICS_API_KEYS: first, GAMEMETRICS_API_KEYS_FILE: '/tmp/keys' },
    { GAMEMETRICS_API_KEYS_FILE: '/nowhere/keys' },
  ])('are rejected without being shown if they are invalid: %j', (env) => {
    const read = (): unknown => apiKeysFromEnvironment(env);
    expect(read).toThrow(Failure);
    expect(read).toThrow(expect.objectContaining({ code: 'invalid_setting' }));
    expect(read).toThrow(/GAMEMETRICS_API_KEYS/);
    expect(read).not.toThrow(/0123456789|short/);
  });

  it('are required in a file: an empty one is an error, not an open server', () => {
    const file = fileOf('# none yet\n');
    expect(() => apiKeysFromEnvironment({ GAMEMETRICS_API_KEYS_FILE: file })).toThrow(/no key/);
  });
});

describe('the warning about an open server', () => {
  it('is given for addresses other than loopback, without a key', () => {
    for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) {
      expect(exposureWarning(host, [])).toBeUndefined();
    }
    for (const host of [
      '0.0.0.0',
      '::',
      '10.0.0.1',
      'games.example.com',
      '127.0.0.1.example.com',
    ]) {
      expect(exposureWarning(host, [])).toContain(host);
      expect(exposureWarning(host, [first])).toBeUndefined();
    }
  });
});
