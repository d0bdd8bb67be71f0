import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it, onTestFinished } from 'vitest';

import { readTls } from './tls.js';

it('reads nothing if no file is named', () => {
  expect(readTls({})).toEqual({});
});

it('reports a file that is missing or is not a certificate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gamemetrics-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'ca.pem');
  expect(() => readTls({ caFile: file })).toThrow(`cannot read a certificate from ${file}: ENOENT`);
  writeFileSync(file, 'hello');
  expect(() => readTls({ caFile: file })).toThrow(`${file} is not a certificate in PEM`);
});
